// Measures the code inspection: the median and the 99th percentile of the CPU time per file, and the memory.
// usage: npm run build && node test/bench/inspect.mjs [FOLDER OF WHEELS AND SDISTS]
// Without a folder, downloads the wheels of twenty projects from PyPI with pip.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';

const projects =
  'requests urllib3 numpy lxml pyyaml cryptography pandas django flask sqlalchemy boto3 pydantic pytest scrapy aiohttp pillow setuptools click jinja2 rich';
const folder = mkdtempSync(path.join(tmpdir(), 'awspip-bench-'));

/** Bundles a module of the source and imports it. */
async function load(file) {
  const outfile = path.join(folder, `${path.basename(file)}.mjs`);
  const banner =
    "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";
  await build({
    entryPoints: [file],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    loader: { '.txt': 'text' },
    banner: { js: banner },
    logLevel: 'error',
  });
  return import(outfile);
}

function wheelFolder() {
  const [, , given] = process.argv;
  if (given !== undefined) return given;
  const target = path.join(folder, 'wheels');
  const args = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', target];
  spawnSync('python3', [...args, ...projects.split(' ')], { stdio: 'inherit' });
  return target;
}

const quantile = (values, part) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))];

async function measure(label, files, inspectArchive) {
  const times = [];
  for (const { filename, archive } of files) {
    const start = process.cpuUsage();
    await inspectArchive({ filename, archive });
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1_000);
  }
  const [median, high, most] = [0.5, 0.99, 1].map((part) => quantile(times, part).toFixed(0));
  console.log(`${label}: ${times.length} files, median ${median} ms of CPU, p99 ${high} ms, longest ${most} ms`);
}

try {
  const root = path.resolve(import.meta.dirname, '../..');
  const { inspectArchive } = await load(path.join(root, 'src/firewall/install-code/inspect-archive.ts'));
  const { caseArchive, zip } = await load(path.join(root, 'test/helpers/judgement-archives.ts'));
  const cases = JSON.parse(readFileSync(path.join(root, 'test/fixtures/judgement/cases.json'), 'utf8'));
  const built = cases.map((item) => caseArchive(item)).map(({ filename, content }) => ({ filename, archive: content }));
  const wheels = wheelFolder();
  const files = readdirSync(wheels)
    .filter((name) => /\.(?:whl|tar\.gz|zip)$/.test(name))
    .map((filename) => ({ filename, archive: path.join(wheels, filename) }));
  await inspectArchive(built[0]);
  await measure('cases', built, inspectArchive);
  await measure('distribution files', files, inspectArchive);
  const bytes = files.reduce((sum, { archive }) => sum + statSync(archive).size, 0);
  console.log(`distribution files: ${(bytes / 1e6).toFixed(0)} MB together`);
  const memory = () => `${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`;
  console.log(`memory: ${memory()} at most`);
  const bomb = path.join(folder, 'bomb-1.0-py3-none-any.whl');
  writeFileSync(bomb, zip([{ path: 'x/data.bin', base64: Buffer.alloc(1024 * 1024 * 192).toString('base64') }]));
  await measure('a bomb', [{ filename: path.basename(bomb), archive: bomb }], inspectArchive);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
