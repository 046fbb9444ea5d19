import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { build } from 'esbuild';

/**
 * Stryker's runner for the core's tests: in the process at hand, each time with modules of their own. A mutant whose first
 * test tells it takes a few milliseconds so, where starting vitest takes most of a second.
 *
 * What is reached while a test file and its imports are loaded counts as covered by all tests of the file, and a mutant
 * is active from the loading on. So there are no "static" mutants that only the whole suite would tell.
 */
class CoreRunner {
  static inject = ['options'];
  #files = [];
  /** The tests with code that counts what it passes, for the first run; and without. */
  #counting;
  #plain;
  /** By test file: how long its tests took, and the first of them. */
  #known;

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    // Compiled code is used again for each mutant.
    setFlagsFromString('--no-flush-bytecode');
    STATE.activeMutant = '';
    this.#files = testFiles();
    this.#plain = await bundled(this.#files, withoutCounting);
  }

  async dryRun() {
    this.#counting ??= await bundled(this.#files, counting);
    const tests = [];
    const perTest = {};
    const known = {};
    for (const file of this.#files) {
      let ms = 0;
      const took = {};
      const loaded = loadedFrom(this.#counting, file);
      const before = tests.length;
      const whileLoading = takePasses();
      for (const { name, run } of loaded) {
        const id = `${file} ${name}`;
        const { failure, timeSpentMs } = await outcome(run);
        perTest[id] = takePasses();
        // Passes are counted once, so that the limit of passes is not that of many loadings.
        for (const [mutant, passes] of Object.entries(whileLoading)) {
          perTest[id][mutant] = (perTest[id][mutant] ?? 0) + (tests.length === before ? passes : 1);
        }
        ms += timeSpentMs;
        took[name] = Math.round(timeSpentMs);
        const result = failure === undefined ? { status: 0 } : { status: 1, failureMessage: failure };
        tests.push({ id, name: `${file}: ${name}`, fileName: resolve(file), timeSpentMs, ...result });
      }
      known[file] = { ms, first: `${file} ${loaded[0]?.name}`, tests: took };
    }
    writeFileSync(KNOWN, JSON.stringify(known));
    return { status: 'complete', tests, mutantCoverage: { static: {}, perTest } };
  }

  async mutantRun({ activeMutant, hitLimit, testFilter }) {
    this.#known ??= existsSync(KNOWN) ? JSON.parse(readFileSync(KNOWN, 'utf8')) : {};
    const wanted = testFilter && new Set(testFilter);
    const files = this.#files.filter((file) => !wanted || testFilter.some((id) => id.startsWith(`${file} `)));
    const load = this.#plain();
    // As a key, and so one of V8's own strings: what differs from it is told by its address.
    [STATE.activeMutant] = Object.keys({ [activeMutant.id]: 0 });
    STATE.hitCount = 0;
    // Stryker's limit is a hundred times what all tests together pass it; ten times is enough for one of them.
    STATE.hitLimit = hitLimit === undefined ? undefined : hitLimit / 10;
    STATE.steps = 0;
    STATE.overrun = undefined;
    let nrOfTests = 0;
    try {
      for (const file of this.#inOrder(files, activeMutant.fileName)) {
        STATE.deadline = performance.now() + TEST_MS_MORE;
        const { cases, failure } = casesOf(load, file);
        if (failure !== undefined) return this.#told(this.#known[file]?.first, failure, nrOfTests);
        for (const { name, run } of cases) {
          const id = `${file} ${name}`;
          if (wanted && !wanted.has(id)) continue;
          nrOfTests += 1;
          STATE.deadline =
            performance.now() + TEST_MS_MORE + TEST_TIMES * (this.#known[file]?.tests[name] ?? 0);
          const { failure } = await outcome(run);
          if (failure !== undefined || STATE.overrun !== undefined) return this.#told(id, failure, nrOfTests);
        }
      }
    } finally {
      STATE.activeMutant = '';
    }
    return { status: 'survived', nrOfTests };
  }

  #told(id, failureMessage, nrOfTests) {
    if (STATE.overrun !== undefined) return { status: 'timeout', reason: STATE.overrun };
    return { status: 'killed', killedBy: [id], failureMessage, nrOfTests };
  }

  /** The tests of the mutated file first, then those of its folder, then the quick ones. */
  #inOrder(files, mutated) {
    const [, path = ''] = /lib\/core\/(.*)\.ts$/.exec(mutated) ?? [];
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const distance = (file) => {
      if (file === `test/core/${path}.test.ts`) return 0;
      return folder !== '' && file.startsWith(`test/core/${folder}`) ? 1 : 2;
    };
    const ms = (file) => this.#known[file]?.ms ?? 0;
    return files.toSorted((a, b) => distance(a) - distance(b) || ms(a) - ms(b));
  }
}

/** What the first run finds out for all the others, in the copy of the project that Stryker makes. */
const KNOWN = 'core-tests.json';

/** Blocks of full size, millions of values and days of minutes take mutated code too long: docs/mutation.md. */
const LEFT_OUT = [
  'test/core/block-large-codec.test.ts',
  'test/core/duplicates/large-segments.test.ts',
  'test/core/protocol/fold-large-block.test.ts',
  'test/core/scale/long-run.test.ts',
  'test/core/sketches/hyper-log-log-accuracy.test.ts',
];

/** Those of the copy that Stryker has made: it is the working directory only once this module is loaded. */
function testFiles() {
  return readdirSync('test/core', { recursive: true, encoding: 'utf8' })
    .map((file) => `test/core/${file}`)
    .filter((file) => file.endsWith('.test.ts') && !LEFT_OUT.includes(file))
    .sort();
}

/** What one test may take with a mutant: so many times what it took without, and so much more. */
const TEST_TIMES = 5;
const TEST_MS_MORE = 2000;
/** Steps of mutated code from one look at the clock to the next. */
const STEPS = 100_000;

/** Stryker's global: which mutant is active, and how often it was passed. */
const STATE = (globalThis.__stryker__ ??= {});
STATE.passes = [];
STATE.deadline = Number.POSITIVE_INFINITY;
STATE.passed = () => {
  STATE.hitCount += 1;
  if (STATE.hitCount % STEPS === 0) STATE.lookAtClock();
  if (STATE.hitCount > (STATE.hitLimit ?? Number.POSITIVE_INFINITY)) overrun('passed too often');
  return true;
};
STATE.steps = 0;
STATE.lookAtClock = () => {
  STATE.steps = STATE.overrun === undefined ? 0 : STEPS;
  if (performance.now() > STATE.deadline) overrun('took too long');
};

function overrun(reason) {
  STATE.overrun = reason;
  // From now on each step throws, whatever the code under test makes of it.
  STATE.steps = STEPS;
  throw new Error(reason);
}

/** How often each mutant was passed, by its number, since it was last asked. */
function takePasses() {
  const passes = {};
  for (const [mutant, count] of STATE.passes.entries()) if (count > 0) passes[mutant] = count;
  STATE.passes = [];
  return passes;
}

/** Mutated code that counts how often each mutant is passed: as Stryker's does, but many times faster. */
function counting(source) {
  return withHeader(
    source.replaceAll(
      /stryCov_9fa48\(("\d+"(?:, "\d+")*)\)/g,
      (_, ids) => `stryCov_9fa48(${ids.replaceAll('"', '')})`,
    ),
    `function stryCov_9fa48(...ids) {
  const { passes } = STRYKER_STATE;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    while (passes.length <= id) passes.push(0);
    passes[id] += 1;
  }
}
function stryMutAct_9fa48() { return false; }`,
  );
}

/** Mutated code that asks for the active mutant only, and keeps an eye on the clock: a loop without end must end. */
function withoutCounting(source) {
  return withHeader(
    source,
    `function stryCov_9fa48() { if (++STRYKER_STATE.steps > ${STEPS}) STRYKER_STATE.lookAtClock(); }
function stryMutAct_9fa48(id) { return STRYKER_STATE.activeMutant === id && STRYKER_STATE.passed(); }`,
  );
}

/** Mutated code with these functions instead of Stryker's. */
function withHeader(source, functions) {
  const last = source.indexOf('function stryMutAct_9fa48(');
  if (last < 0) return source;
  const end = source.indexOf('\n}\n', last) + '\n}\n'.length;
  return `const STRYKER_STATE = globalThis.__stryker__;\n${functions}\n${source.slice(end)}`;
}

/** All test files in one script: a function that gives the loader of them, with modules that nothing else has. */
async function bundled(testFiles, rewrite) {
  const files = testFiles.map((file) => `'${file}': () => require('./${file}')`);
  const { outputFiles } = await build({
    stdin: {
      contents: `export { takeCases } from './test/mutation/vitest-in-place.ts';\nexport const files = {${files.join(', ')}};`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    plugins: [
      {
        name: 'core-tests',
        setup(tests) {
          tests.onResolve({ filter: /^vitest$/ }, () => ({
            path: resolve('test/mutation/vitest-in-place.ts'),
          }));
          tests.onResolve({ filter: /^fast-check$/ }, ({ importer }) =>
            importer.endsWith('quick-properties.ts')
              ? { path: 'fast-check', external: true }
              : { path: resolve('test/mutation/quick-properties.ts') },
          );
          tests.onResolve({ filter: /^[^.#/]/ }, ({ path }) =>
            path === 'weir' ? undefined : { path, external: true },
          );
          tests.onLoad({ filter: /\/lib\/core\/.*\.ts$/ }, ({ path }) => ({
            contents: rewrite(readFileSync(path, 'utf8')),
            loader: 'ts',
          }));
        },
      },
    ],
  });
  const script = new Script(`(function (module, exports, require) {${outputFiles[0].text}\n})`);
  const require = createRequire(resolve('package.json'));
  return () => {
    const module = { exports: {} };
    script.runInThisContext()(module, module.exports, require);
    return module.exports;
  };
}

function loadedFrom(fresh, file) {
  const { cases, failure } = casesOf(fresh(), file);
  if (failure !== undefined) throw new Error(`${file}: ${failure}`);
  return cases;
}

function casesOf(load, file) {
  try {
    load.files[file]();
    return { cases: load.takeCases() };
  } catch (error) {
    return { failure: String(error) };
  }
}

async function outcome(run) {
  const start = performance.now();
  try {
    await run();
    return { timeSpentMs: performance.now() - start };
  } catch (error) {
    return { failure: String(error), timeSpentMs: performance.now() - start };
  }
}

process.env.WEIR_SMALL_SAMPLES = 'yes';

export const strykerPlugins = [{ kind: 'TestRunner', name: 'core', injectableClass: CoreRunner }];
