import { flightsProof } from './flights-proof.ts';

/** Waits for as long as all of the flights are: none is late, whatever order they come in. */
export default flightsProof('400d', '28d', '56d');
