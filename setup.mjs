// Makes a bare clone ready: installs what is missing, builds what is stale. Plain JavaScript, because it runs before there is a build.
// Run by itself (`node setup.mjs`) or imported by maskvlm.mjs. Writes to standard error only.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(fileURLToPath(import.meta.url));
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.built');
const SOURCES = ['model', 'training', 'server', 'tests'];

function fail(what, expected, got) {
  process.stderr.write(`error: ${what}: expected ${expected}, got ${got}\n`);
  process.exit(1);
}

function run(command, args, what) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  if (result.error) fail(what, `to run ${command}`, result.error.message);
  if (result.status !== 0) fail(what, 'exit status 0', result.status ?? result.signal);
}

/** Newest modification time, in milliseconds, of the TypeScript sources. */
function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return path.endsWith('.ts') || path.endsWith('.json') ? stat.mtimeMs : 0;
  if (path.endsWith('bundles')) return 0;
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

const COMPILED = /\.(?:js(?:\.map)?|d\.ts)$/;

/** A compiled file whose source is gone would still be run by the tests: remove it. */
function prune(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) prune(path);
    else if (COMPILED.test(entry.name)) {
      const source = join(ROOT, relative(DIST, path)).replace(COMPILED, '.ts');
      if (!existsSync(source)) rmSync(path);
    }
  }
}

function install() {
  const lock = join(ROOT, 'package-lock.json');
  const done = join(ROOT, 'node_modules', '.maskvlm-lock');
  const wanted = existsSync(lock) ? readFileSync(lock, 'utf8') : '';
  if (existsSync(done) && readFileSync(done, 'utf8') === wanted) return;
  process.stderr.write('installing packages ...\n');
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', [wanted ? 'ci' : 'install', '--include=dev'], 'npm install');
  writeFileSync(done, wanted);
}

function build() {
  const inputs = ['cli.ts', 'tsconfig.json', 'package-lock.json', ...SOURCES].map((name) => join(ROOT, name));
  const changed = Math.max(...inputs.filter(existsSync).map(newest));
  if (existsSync(STAMP) && statSync(STAMP).mtimeMs >= changed) return;
  process.stderr.write('building ...\n');
  const started = new Date();
  mkdirSync(DIST, { recursive: true });
  prune(DIST);
  const compiler = join(ROOT, 'node_modules', 'typescript7', 'bin', 'tsc');
  run(process.execPath, [compiler, '-p', '.'], 'build');
  run(process.execPath, [compiler, '-p', 'server/ui'], 'build of the browser application');
  // Compilers leave declarations that they did not make where they are; those of the client refer to this one.
  copyFileSync(join(ROOT, 'server/http/api.d.ts'), join(DIST, 'server/http/api.d.ts'));
  writeFileSync(STAMP, '');
  // A source saved while the build ran counts as newer than the build.
  utimesSync(STAMP, started, started);
}

/** Installs and builds what is missing or stale; does nothing, in milliseconds, where all is current. */
export function setUp() {
  // A copy installed from a registry carries its build and no sources.
  if (!existsSync(join(ROOT, 'cli.ts'))) return;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) fail('Node.js', 'version 20.19 or newer', process.versions.node);
  install();
  build();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setUp();
