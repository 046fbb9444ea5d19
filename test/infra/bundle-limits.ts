/** How large a function's bundle may be, in KB of 1,000 bytes, without source maps. */
export const BUNDLE_KB_MAX = {
  /** The entry and what it imports: loaded by every cold start. */
  loadedKB: 500,
  /** All files. */
  allKB: 950,
};
