import { birdsProof } from './birds-proof.ts';

/** Waits for as long as all of the strikes are: none is late, whatever order they come in. */
export default birdsProof('3660d');
