import { flightsProof } from './flights-proof.ts';

/** Counts each flight once, however often its producer sends it. */
export default flightsProof('1h', '1d', '7d', true);
