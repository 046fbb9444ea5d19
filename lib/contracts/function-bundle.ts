/**
 * How a function is bundled, as esbuild's options: the same for the embedded runtime and for what is deployed.
 * Entry, output folder and aliases are the caller's.
 */
export const FUNCTION_BUNDLE = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  /** SDK clients that are imported where they are needed become files of their own, and load only then. */
  splitting: true,
  minify: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  /** A module in the old style that requires a part of Node finds no `require` in an ES module. */
  banner: {
    js: "import{createRequire as weirCreateRequire}from'node:module';const require=weirCreateRequire(import.meta.url);",
  },
  /** ES modules first: what is not used of an SDK client is left out. */
  mainFields: ['module', 'main'],
  entryNames: 'handler',
  chunkNames: 'chunk-[hash]',
  outExtension: { '.js': '.mjs' },
} as const;

/** The bundle's entry, and the function's handler in it. */
export const FUNCTION_ENTRY_FILE = 'handler.mjs';
