// Brings a checkout to the state a script needs, with nothing but Node's own modules, and says
// nothing and takes no time when it is there already.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { licencesOf } from './lib/licences.mjs'
import { dependencySignature, isStale, signature } from './lib/stale.mjs'
import { EXIT, hasCommand, main, ROOT, runStep, SetupError } from './lib/step.mjs'

export { needPackages } from './lib/packages.mjs'

/** @typedef {{ isStale: () => boolean, make: () => void }} Part */

const TOOLCHAIN_REMEDY = 'install gcc and make (Debian: apt-get install build-essential)'
const DEPENDENCY_STAMP = join(ROOT, 'node_modules/.evswitch-stamp')
const DIST_STAMP = join(ROOT, 'dist/.evswitch-stamp')

/** The program, and what scripts import of it. */
const ENTRIES = ['src/cli/main.ts', 'src/devices/list.ts', 'src/devices/watch.ts']

/**
 * A few files in place of some hundred, packages among them, each of which Node would have to find, read and compile:
 * it halves what `evswitch status` takes beside Node's own start (bench/status.ts). What only one command needs stays
 * a part of its own. A package for require() may ask for modules of Node by it, which an ES module has to be given.
 */
const BUNDLE = [
  ...['--bundle', '--splitting', '--external:koffi', '--chunk-names=parts/[name]-[hash]'],
  ...['--format=esm', '--platform=node', '--target=node20.19', '--outbase=src'],
  ...['--sourcemap', '--sources-content=false', '--log-level=warning'],
  "--banner:js=import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
]

/** In the order in which they build on each other. @satisfies {Record<string, Part>} */
const PARTS = {
  dependencies: {
    isStale: () => isStale(DEPENDENCY_STAMP, dependencySignature(ROOT)),
    make: installDependencies,
  },
  native: { isStale: isNativeStale, make: buildNative },
  dist: { isStale: () => isStale(DIST_STAMP, distSignature()), make: buildDist },
}

/** @typedef {keyof typeof PARTS} PartName */

/**
 * Makes the parts named, or all of them, as far as they are missing or stale.
 * @param {...PartName} names
 */
export function bootstrap(...names) {
  const wanted = names.length > 0 ? names : partNames()
  if (wanted.some((name) => PARTS[name].isStale())) makeUnderLock(wanted)
}

function partNames() {
  return /** @type {PartName[]} */ (Object.keys(PARTS))
}

/**
 * Two scripts started together must not both rebuild: the second waits, then finds nothing to do.
 * The lock is flock(1)'s because the kernel drops it whatever becomes of its holder.
 * @param {PartName[]} names
 */
function makeUnderLock(names) {
  const cache = join(ROOT, '.cache')
  const owner = treeOwner()
  mkdirSync(cache, { recursive: true })
  if (owner) spawnSync('chown', [`${owner.uid}:${owner.gid}`, cache])
  const command = [process.execPath, fileURLToPath(import.meta.url), '--make', ...names]
  if (hasCommand('flock')) command.unshift('flock', join(cache, 'bootstrap.lock'))
  const [program = '', ...args] = command
  const { status } = spawnSync(program, args, { stdio: ['ignore', 2, 2], cwd: ROOT, ...owner })
  if (status !== 0) throw new SetupError('', status ?? EXIT.unexpected)
}

/**
 * Under sudo the tree still belongs to the person who cloned it: what is built for it must too, or
 * their next build without sudo could not replace it.
 * @returns {{ uid: number, gid: number, env: NodeJS.ProcessEnv } | undefined} nothing when it is ours
 */
function treeOwner() {
  const { uid, gid } = statSync(ROOT)
  if (process.getuid?.() !== 0 || uid === 0) return undefined
  const { stdout } = spawnSync('getent', ['passwd', String(uid)], { encoding: 'utf8' })
  const home = stdout?.split(':')[5] || '/tmp'
  // npm passes root's settings on by its environment, its cache among them, which the owner cannot open.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|XDG_)/i.test(name))
  return { uid, gid, env: { ...Object.fromEntries(inherited), HOME: home } }
}

function installDependencies() {
  runStep(
    'installing npm packages',
    'npm',
    // Install scripts are not needed: koffi and esbuild ship their binaries in packages of their own.
    ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'],
    { remedy: 'check the network, then run it again', exitCode: EXIT.notInstalled },
  )
  writeFileSync(DEPENDENCY_STAMP, dependencySignature(ROOT))
}

function isNativeStale() {
  const { status } = spawnSync('make', nativeArgs('--question'), { cwd: ROOT, stdio: 'ignore' })
  return status !== 0
}

function buildNative() {
  if (!hasCommand('make') || !hasCommand('gcc')) {
    throw new SetupError(TOOLCHAIN_REMEDY, EXIT.notInstalled)
  }
  runStep('building the native library', 'make', nativeArgs(), {
    remedy: 'the first error above says where',
  })
}

/** @param {...string} args */
function nativeArgs(...args) {
  return ['-C', 'native', '--no-print-directory', ...args]
}

function distSignature() {
  // The dependencies' stamp stands for the compiler, and for the packages that go into the files.
  return signature(ROOT, ['src', 'scripts/bootstrap.mjs', 'node_modules/.evswitch-stamp'])
}

function buildDist() {
  const wanted = distSignature()
  const [fresh, dist] = [join(ROOT, 'dist.new'), join(ROOT, 'dist')]
  const metafile = join(ROOT, 'dist.new/parts.json')
  rmSync(fresh, { recursive: true, force: true })
  // Types are lint's business: half-edited code may run.
  runStep(
    'compiling src to dist',
    process.execPath,
    [
      'node_modules/esbuild/bin/esbuild',
      ...[...ENTRIES, ...BUNDLE, `--outdir=${fresh}`, `--metafile=${metafile}`],
    ],
    { remedy: 'the first error above says where' },
  )
  const licences = licencesOf(ROOT, JSON.parse(readFileSync(metafile, 'utf8')))
  rmSync(metafile)
  writeFileSync(join(fresh, 'LICENCES'), licences)
  const program = join(fresh, 'cli/main.js')
  if (existsSync(program)) chmodSync(program, 0o755)
  writeFileSync(join(fresh, '.evswitch-stamp'), wanted)
  // Swapped as a whole: nobody may start half of an old build and half of a new one.
  rmSync(dist, { recursive: true, force: true })
  renameSync(fresh, dist)
}

await main(import.meta.url, (args) => {
  const [first, ...rest] = args
  if (first !== '--make') return bootstrap()
  for (const name of partNames()) {
    if (rest.includes(name) && PARTS[name].isStale()) PARTS[name].make()
  }
})
