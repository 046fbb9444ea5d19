/** How large a function's bundle may be, in KB of 1,000 bytes, without source maps. */
export const BUNDLE_KB_MAX = {
  /** The entry and what it imports: loaded by every cold start. */
  loadedKB: 550,
  /** All files. */
  allKB: 950,
};

/** Of the function `ingest`. */
export const INGEST_BUNDLE_KB_MAX = { loadedKB: 450, allKB: 650 };

/** Of the function `scale`. */
export const SCALE_BUNDLE_KB_MAX = { loadedKB: 520, allKB: 670 };

/** Of the function `query`; S3 and EventBridge are loaded when its health is asked for. */
export const QUERY_BUNDLE_KB_MAX = { loadedKB: 540, allKB: 1000 };

/** Of the function `close`. */
export const CLOSE_BUNDLE_KB_MAX = { loadedKB: 550, allKB: 750 };

/** Of the function `repair`. */
export const REPAIR_BUNDLE_KB_MAX = { loadedKB: 600, allKB: 1000 };
