import { birdsProof } from './birds-proof.ts';

/** Counts each strike once, however often its producer sends it. */
export default birdsProof('1d', true);
