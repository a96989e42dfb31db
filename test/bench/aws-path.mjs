// Measures the path from a request to SECURE on AWS, as deployed on the emulator ministack:
//
//   npm run build && node test/bench/aws-path.mjs [RELEASES] [--call-ms 50] [--cold-ms 1000] [--import-s 10] [--runs 3]
//
// It vets one release with new instances of all functions, one release with warm ones, and RELEASES releases (40) with
// new instances. Each AWS call of a function takes `--call-ms` more, the start of an instance takes at least
// `--cold-ms`, and CodeArtifact needs `--import-s` to import a release. The tables show medians of `--runs` runs.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'call-ms': { type: 'string', default: '50' },
    'cold-ms': { type: 'string', default: '1000' },
    'import-s': { type: 'string', default: '10' },
    runs: { type: 'string', default: '3' },
  },
});
const releases = Number(positionals[0] ?? 40);
const [callMilliseconds, coldMilliseconds] = [Number(values['call-ms']), Number(values['cold-ms'])];
const importMilliseconds = Number(values['import-s']) * 1000;
const root = path.resolve(import.meta.dirname, '../..');

/** Loads the tests' helpers, which are TypeScript and find files next to themselves. */
async function loadHelpers() {
  const folder = mkdtempSync(path.join(root, 'node_modules/.cache/aws-path-'));
  const outfile = path.join(folder, 'helpers.mjs');
  const locate = {
    name: 'locate',
    setup: ({ onLoad }) =>
      onLoad({ filter: /[/\\](src|test)[/\\].*\.ts$/ }, ({ path: file }) => ({
        contents: readFileSync(file, 'utf8').replaceAll('import.meta.dirname', JSON.stringify(path.dirname(file))),
        loader: 'ts',
      })),
  };
  await build({
    stdin: {
      contents: ['deployment', 'vet', 'time-use']
        .map((name) => `export * from './test/helpers/ministack/${name}.ts';`)
        .concat(['distributions', 'package-index'].map((name) => `export * from './test/helpers/${name}.ts';`))
        .join('\n'),
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    loader: { '.txt': 'text' },
    plugins: [locate],
    outfile,
  });
  const helpers = await import(outfile);
  rmSync(folder, { recursive: true });
  return helpers;
}

const { ministackRuntimes, openEmulated, vettingClient, timeUse, serialCount, startPackageIndex, wheel } =
  await loadHelpers();
const runtimes = await ministackRuntimes();
if ('why' in runtimes) throw new Error(runtimes.why);

const packageIndex = await startPackageIndex();
let published = 0;
function publish(count) {
  return Array.from({ length: count }, () => {
    published += 1;
    const name = `bench-project-${published}`;
    packageIndex.publish(name, '1.0', wheel({ name, version: '1.0' }));
    return name;
  });
}

const emulated = await openEmulated(runtimes, {
  ...{ packageIndex, callMilliseconds, coldMilliseconds, importMilliseconds },
});
try {
  const client = await vettingClient(emulated.front, (await emulated.deploy()).outputs);
  const measure = (count, isCold) => measureVetting(client, count, isCold);
  const cases = {
    '1 release, cold': () => measure(1, true),
    '1 release, warm': () => measure(1, false),
    [`${releases} releases, cold`]: () => measure(releases, true),
  };
  const results = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let run = 0; run < Number(values.runs); run += 1) {
    for (const [name, run] of Object.entries(cases)) results[name].push(await run());
  }
  print(results);
} finally {
  await emulated.close();
  await packageIndex.close();
}

/** Vets new releases and returns what happened until the verdict. */
async function measureVetting(client, count, isCold) {
  const { emulator, front, imports } = emulated;
  if (isCold) await emulator.endInstances();
  const { kind, record, at, seen } = await client.vet(...publish(count));
  if (kind !== 'secure') throw new Error(`the request ended in ${record.status}: ${JSON.stringify(record)}`);
  // The task that sends notices runs after the verdict. Its instance must not start during the next measurement.
  await new Promise((resolve) => setTimeout(resolve, coldMilliseconds + 1000));
  const total = { at, until: Date.parse(record.endedAt) };
  const within = (period) => period.at >= total.at && period.at < total.until;
  const calls = front.calls.filter((call) => call.caller !== 'client' && within(call));
  const coldStarts = (await emulator.coldStarts()).filter(within);
  const imported = [...imports.times.values()].filter(within);
  const services = {};
  for (const { service } of calls) services[service] = (services[service] ?? 0) + 1;
  return {
    use: timeUse(total, { calls, coldStarts, imports: imported }),
    seen: seen - at,
    calls: calls.length,
    serialCalls: serialCount(calls),
    services,
    coldStarts: coldStarts.length,
    serialColdStarts: serialCount(coldStarts),
    imports: imported.length,
    callOwn: median(calls.map((call) => call.until - call.at - callMilliseconds)),
    coldOwn: median(coldStarts.map(({ own }) => own)),
    longColdStarts: coldStarts.filter(({ own }) => own > coldMilliseconds).length,
  };
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function print(results) {
  const rows = Object.entries(results);
  const of = (runs, read) => median(runs.map(read));
  const seconds = (runs, read) => (of(runs, read) / 1000).toFixed(1);
  console.log(
    `${values['call-ms']} ms per call, ${values['cold-ms']} ms per cold start, ${values['import-s']} s per import; medians of ${values.runs}\n`,
  );
  table(
    ['case', 'to SECURE, s', 'seen by the client, s', 'AWS calls', 'in a row', 'cold starts', 'in a row', 'imports'],
    rows.map(([name, runs]) => [
      name,
      seconds(runs, ({ use }) => use.total),
      seconds(runs, ({ seen }) => seen),
      of(runs, ({ calls }) => calls),
      of(runs, ({ serialCalls }) => serialCalls),
      of(runs, ({ coldStarts }) => coldStarts),
      of(runs, ({ serialColdStarts }) => serialColdStarts),
      of(runs, ({ imports }) => imports),
    ]),
  );
  console.log('Time to SECURE, s. What happens at the same time counts once, in the first column that applies:\n');
  table(
    ['case', 'calls', 'cold starts', 'imports', 'rest', 'calls by service'],
    rows.map(([name, runs]) => [
      name,
      ...['calls', 'coldStarts', 'imports', 'rest'].map((part) => seconds(runs, ({ use }) => use[part])),
      [...new Set(runs.flatMap(({ services }) => Object.keys(services)))]
        .sort()
        .map((service) => `${service} ${of(runs, ({ services }) => services[service] ?? 0)}`)
        .join(', '),
    ]),
  );
  console.log("The emulator's own time, ms:\n");
  table(
    ['case', 'per call, in addition', 'start of an instance', 'starts that took longer than assumed'],
    rows.map(([name, runs]) => [
      name,
      of(runs, ({ callOwn }) => callOwn).toFixed(0),
      of(runs, ({ coldOwn }) => coldOwn).toFixed(0),
      of(runs, ({ longColdStarts }) => longColdStarts),
    ]),
  );
}

function table(heads, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  console.log([line(heads), line(heads.map(() => '---')), ...rows.map(line), ''].join('\n'));
}
