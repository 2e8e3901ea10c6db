import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const nativeFolder = fileURLToPath(new URL('../../native', import.meta.url))
const buildFolder = join(nativeFolder, 'build')

/**
 * Builds targets of native/Makefile and returns what it printed; throws with what the compiler said. One at
 * a time, since test files run side by side: flock(1) lets go whatever becomes of its holder.
 */
export function make(...targets: string[]): Promise<string> {
  mkdirSync(buildFolder, { recursive: true })
  const args = ['--silent', '--directory', nativeFolder, `-j${availableParallelism()}`, ...targets]
  return runProgram('flock', join(buildFolder, 'test.lock'), 'make', ...args)
}

export function builtFile(name: string): string {
  return join(buildFolder, name)
}

/** Runs a program and returns what it printed; throws with all of it when it fails or crashes. */
export function runProgram(file: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      const how = error.signal ?? `exit code ${error.code}`
      reject(new Error(`${[file, ...args].join(' ')}: ${how}\n${stderr}${stdout}`))
    })
  })
}

/** The names of a program's cases. */
export async function caseNames(file: string): Promise<string[]> {
  return (await runProgram(file, '--list')).split('\n').filter(Boolean)
}
