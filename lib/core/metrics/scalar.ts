/** Longest string that a state holds in full, in UTF-16 units: as for values to group by. */
export const SCALAR_UNITS_MAX = 1024;
