// npm run fuzz: libFuzzer over the switching core, ten minutes for each target, and the result on record
// in docs/fuzzing.md. `npm run fuzz -- --help` says what else it can do.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, release } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { needPackages } from './bootstrap.mjs'
import { figuresOf, resultLine, withResult } from './lib/fuzz-report.mjs'
import { EXIT, main, ROOT, runStep, SetupError } from './lib/step.mjs'

const HELP = `usage: npm run fuzz -- [--minutes N] [--seconds N] [--no-record] [TARGET...]

  play   random scripts of fingers, devices, switches and consumers on a model of the kernel
  feed   random events of any kind, in any reads, straight into the core
`

const CLANG = 'clang-19'
const TARGETS = ['play', 'feed']
/** Bytes: longer inputs are slower and find nothing more. */
const INPUT_MAX = 512
const INPUT_TIMEOUT_S = 10
const PAGE = join(ROOT, 'docs/fuzzing.md')
const CORPORA = join(ROOT, '.cache/fuzz')

await main(import.meta.url, (args) => {
  const { values, positionals } = parseOptions(args)
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const seconds = Number(values.seconds ?? 60 * Number(values.minutes))
  const targets = positionals.length > 0 ? positionals : TARGETS
  if (!(seconds > 0) || targets.some((target) => !TARGETS.includes(target))) {
    throw new SetupError(HELP.trimEnd(), 2)
  }
  build()
  const results = targets.map((target) => fuzz(target, seconds))
  if (values.record) for (const result of results) record(result)
  return results.some(({ crashes }) => crashes > 0) ? EXIT.unexpected : 0
})

/** @param {string[]} args */
function parseOptions(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      allowNegative: true,
      options: {
        minutes: { type: 'string', default: '10' },
        seconds: { type: 'string' },
        record: { type: 'boolean', default: true },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new SetupError(`${/** @type {Error} */ (error).message}\n${HELP.trimEnd()}`, 2)
  }
}

function build() {
  needPackages([
    { package: 'clang-19', command: CLANG },
    {
      package: 'libclang-rt-19-dev',
      file: '/usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.fuzzer-x86_64.a',
    },
  ])
  const jobs = `-j${availableParallelism()}`
  runStep('building the fuzzers', 'make', ['-C', 'native', '--no-print-directory', jobs, 'fuzz'], {
    remedy: 'the first error above says where',
  })
}

/**
 * @param {string} target
 * @param {number} seconds
 * @returns {import('./lib/fuzz-report.mjs').FuzzResult}
 */
function fuzz(target, seconds) {
  const corpus = join(CORPORA, target)
  mkdirSync(corpus, { recursive: true })
  const { status, stderr, error } = spawnSync(
    join(ROOT, 'native/build/fuzz', `fuzz_${target}`),
    [
      `-max_total_time=${seconds}`,
      `-max_len=${INPUT_MAX}`,
      `-timeout=${INPUT_TIMEOUT_S}`,
      `-artifact_prefix=${CORPORA}/${target}-`,
      '-print_final_stats=1',
      corpus,
    ],
    { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024, stdio: ['ignore', 'inherit', 'pipe'] },
  )
  if (error) throw new SetupError(`cannot run the fuzzer ${target}: ${error.message}`)
  if (status !== 0) process.stderr.write(stderr)
  const result = {
    date: new Date().toISOString().slice(0, 10),
    target,
    minutes: String(Math.round((seconds / 60) * 100) / 100),
    figures: figuresOf(stderr),
    crashes: status === 0 ? 0 : 1,
    commit: commit(),
    compiler: firstLine(CLANG, ['--version']).replace(/^.*(clang version \S+).*$/, '$1'),
    kernel: release(),
  }
  process.stdout.write(`${resultLine(result)}\n`)
  return result
}

/** What was fuzzed: the commit, and whether the sources differ from it. */
function commit() {
  const isChanged = firstLine('git', ['status', '--porcelain', '--', 'native']) !== ''
  return firstLine('git', ['rev-parse', '--short', 'HEAD']) + (isChanged ? ' and changes' : '')
}

/**
 * @param {string} command
 * @param {string[]} args
 */
function firstLine(command, args) {
  return spawnSync(command, args, { cwd: ROOT, encoding: 'utf8' }).stdout.split('\n')[0] ?? ''
}

/** @param {import('./lib/fuzz-report.mjs').FuzzResult} result */
function record(result) {
  writeFileSync(PAGE, withResult(readFileSync(PAGE, 'utf8'), result))
}
