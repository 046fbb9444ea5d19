import { flightsProof } from './flights-proof.ts';

/** For flights in no order: each batch is of all windows, and a day's worth would each be folded with every one. */
export default flightsProof('1h', '28d', '56d');
