import { flightsSessions } from './flights-sessions.ts';

/** Counts each flight once, however often its producer sends it. */
export default flightsSessions(true);
