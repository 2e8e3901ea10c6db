// npm run test:nodes: the tests that need no lab, on every Node that evswitch supports. Versions given
// as arguments replace the list; what stands after `--` goes to vitest.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { EXIT, main, ROOT, runStep, runVisibly, SetupError } from './lib/step.mjs'

const SUPPORTED = ['20', '22', '24', '26']
const PROJECTS = ['unit', 'scenarios', 'native']

await main(import.meta.url, (args) => {
  bootstrap()
  const end = args.includes('--') ? args.indexOf('--') : args.length
  const versions = end > 0 ? args.slice(0, end) : SUPPORTED
  const results = versions.map((version) => testOn(version, args.slice(end + 1)))
  printTable(results)
  return results.every(({ passed }) => passed) ? 0 : EXIT.unexpected
})

/**
 * @param {string} version
 * @param {string[]} vitestArgs
 */
function testOn(version, vitestArgs) {
  const begin = performance.now()
  const node = installNode(version)
  const projects = PROJECTS.flatMap((name) => ['--project', name])
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...projects, ...vitestArgs]
  // Tests that start `node` by name must meet the same one.
  const path = `${dirname(node)}${delimiter}${process.env['PATH']}`
  const passed = runVisibly(node, args, { env: { ...process.env, PATH: path } }) === 0
  return {
    version: versionOf(node),
    passed,
    seconds: Math.round((performance.now() - begin) / 1000),
  }
}

/** @param {string} node */
function versionOf(node) {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()
}

/**
 * @param {string} version a major version, or a full one
 * @returns {string} the path of its node
 */
function installNode(version) {
  const arch = process.arch
  if (arch !== 'x64' && arch !== 'arm64') {
    throw new SetupError(`npm has no Node for ${arch}`, EXIT.notInstalled)
  }
  const name = `node-linux-${arch}`
  const folder = join(ROOT, '.cache/nodes', version)
  const node = join(folder, 'node_modules', name, 'bin/node')
  if (existsSync(node)) return node
  mkdirSync(folder, { recursive: true })
  runStep(
    `fetching Node ${version}`,
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `${name}@${version}`],
    { remedy: 'check the network', exitCode: EXIT.notInstalled },
  )
  return node
}

/** @param {ReturnType<typeof testOn>[]} results */
function printTable(results) {
  process.stdout.write('\nnode       result  seconds\n')
  for (const { version, passed, seconds } of results) {
    const result = passed ? 'passed' : 'FAILED'
    process.stdout.write(`${version.padEnd(10)} ${result}  ${String(seconds).padStart(7)}\n`)
  }
}
