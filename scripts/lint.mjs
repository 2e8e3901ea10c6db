// npm run lint: every check that needs no test to run; `--fix` (npm run format) puts right what the
// formatters can. All checks run, so that one look shows everything that is wrong.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { bootstrap, needPackages } from './bootstrap.mjs'
import { EXIT, main, ROOT, say } from './lib/step.mjs'

/** @typedef {{ name: string, command: string[], input?: string, fix?: string[] }} Check */

const CLANG_FORMAT = 'clang-format-19'
const CLANG_TIDY = 'clang-tidy-19'
// gcc 12 loses sight of memory that a structure holds; the sanitizers look for leaks.
const ANALYZER_FLAGS = '-O2 -g -fanalyzer -Wno-analyzer-malloc-leak'
const C_FOLDERS = ['native', 'test', 'bench']
const TYPED_FOLDERS = ['src', 'test', 'bench', 'scripts'].filter((name) =>
  existsSync(join(ROOT, name)),
)

await main(import.meta.url, (args) => {
  bootstrap('dependencies')
  needPackages([
    { package: 'clang-format-19', command: CLANG_FORMAT },
    { package: 'clang-tidy-19', command: CLANG_TIDY },
    { package: 'shellcheck', command: 'shellcheck' },
  ])
  const failed = args.includes('--fix') ? fix(checks()) : lint(checks())
  return failed ? EXIT.unexpected : 0
})

/** @returns {Check[]} */
function checks() {
  const cFiles = trackedFiles(C_FOLDERS.flatMap((folder) => [`${folder}/**.c`, `${folder}/**.h`]))
  const nativeSources = trackedFiles(['native/**.c'])
  const shellFiles = trackedFiles(['*.sh', '.ci/run'])
  return [
    {
      name: 'biome (format, lint)',
      command: [bin('biome'), 'check', '--error-on-warnings'],
      fix: [bin('biome'), 'check', '--write'],
    },
    {
      name: 'oxlint (promises, switches)',
      command: [
        bin('oxlint'),
        '--type-aware',
        '--deny-warnings',
        ...TYPED_FOLDERS,
        'vitest.config.ts',
      ],
    },
    { name: 'tsc (types)', command: [bin('tsc'), '--project', 'tsconfig.check.json'] },
    {
      name: 'clang-format',
      command: [CLANG_FORMAT, '--dry-run', '--Werror', ...cFiles],
      fix: [CLANG_FORMAT, '-i', ...cFiles],
    },
    {
      name: 'clang-tidy',
      command: ['xargs', '-P', String(os.availableParallelism()), '-n', '1', CLANG_TIDY, '--quiet'],
      input: nativeSources.join('\n'),
    },
    {
      name: 'gcc (warnings, analyzer)',
      command: ['make', '-C', 'native', '-ks', 'BUILD=build/lint', `CFLAGS=${ANALYZER_FLAGS}`],
    },
    {
      name: 'shellcheck',
      command: ['shellcheck', '--severity=warning', '--exclude=SC2187', ...shellFiles],
    },
  ]
}

/** @param {string} name */
function bin(name) {
  return join('node_modules/.bin', name)
}

/**
 * Files that git knows or would add: what is built or downloaded is nobody's to lint.
 * @param {string[]} patterns
 */
function trackedFiles(patterns) {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...patterns]
  const { stdout } = spawnSync('git', list, { cwd: ROOT, encoding: 'utf8' })
  return stdout.split('\0').filter((file) => file && existsSync(join(ROOT, file)))
}

/**
 * @param {Check[]} all
 * @returns {boolean} whether any failed
 */
function lint(all) {
  const results = all.map(({ name, command, input }) => run(name, command, input))
  for (const { name, passed, seconds } of results) {
    say(`${passed ? 'ok    ' : 'FAILED'}  ${name}  ${seconds} s`)
  }
  return results.some(({ passed }) => !passed)
}

/** @param {Check[]} all */
function fix(all) {
  return all.map(({ name, fix }) => !fix || run(name, fix).passed).includes(false)
}

/**
 * Runs one check and shows what it said only when it failed: most tools greet when all is well.
 * @param {string} name
 * @param {string[]} command
 * @param {string} [input]
 */
function run(name, [program = '', ...args], input = '') {
  const begin = performance.now()
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: ROOT,
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const passed = status === 0
  if (!passed) process.stderr.write(`\n${name}\n${stdout}${stderr}${error?.message ?? ''}\n`)
  return { name, passed, seconds: ((performance.now() - begin) / 1000).toFixed(1) }
}
