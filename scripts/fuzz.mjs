// npm run fuzz: libFuzzer on the native core. What it has learned stays in .cache/fuzz for the next run;
// input that broke something is left in test-results/fuzz.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bootstrap, needPackages } from './bootstrap.mjs'
import { EXIT, main, ROOT, runStep, SetupError, say } from './lib/step.mjs'

const BUILT = join(ROOT, 'native/build/fuzz')
const CORPUS = join(ROOT, '.cache/fuzz')
const FINDINGS = join(ROOT, 'test-results/fuzz')

await main(import.meta.url, (args) => {
  const { seconds, names } = parse(args)
  bootstrap('dependencies')
  needPackages([{ package: 'clang-19', command: 'clang-19' }, { package: 'libclang-rt-19-dev' }])
  runStep('building the fuzzers', 'make', ['-C', 'native', 'fuzz'], {
    remedy: 'the first error above says where',
  })
  const fuzzers = readdirSync(BUILT).filter((name) => /^fuzz_[a-z]+$/.test(name))
  const chosen = fuzzers.filter((name) => names.length === 0 || names.includes(name))
  if (chosen.length === 0)
    throw new SetupError(`no such fuzzer; there are: ${fuzzers.join(', ')}`, 2)
  return chosen.every((name) => fuzz(name, seconds)) ? 0 : EXIT.unexpected
})

/** @param {string[]} args */
function parse(args) {
  const { values, positionals } = parseArgs({
    args,
    options: { seconds: { type: 'string', default: '60' } },
    allowPositionals: true,
  })
  return { seconds: Number(values.seconds), names: positionals }
}

/**
 * @param {string} name
 * @param {number} seconds
 * @returns {boolean} whether nothing was found
 */
function fuzz(name, seconds) {
  const corpus = join(CORPUS, name)
  for (const folder of [corpus, FINDINGS]) mkdirSync(folder, { recursive: true })
  say(`${name} for ${seconds} s ...`)
  const limits = [`-max_total_time=${seconds}`, '-print_final_stats=1']
  const prefix = `-artifact_prefix=${join(FINDINGS, `${name}-`)}`
  const { status, stderr } = spawnSync(join(BUILT, name), [...limits, prefix, corpus], {
    cwd: ROOT,
    env: { ...process.env, ASAN_SYMBOLIZER_PATH: '/usr/bin/llvm-symbolizer-19' },
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  const runs = /^stat::number_of_executed_units: (\d+)$/m.exec(stderr)?.[1] ?? 'some'
  const inputs = readdirSync(corpus).length
  if (status !== 0) process.stderr.write(stderr)
  say(
    `${name}: ${status === 0 ? 'nothing' : 'SOMETHING'} found in ${runs} runs; ${inputs} inputs kept`,
  )
  return status === 0
}
