import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cachedFolder, ROOT } from './cache.ts'
import { LabError } from './lab-error.ts'

const COMPILER = 'gcc'
// Static: an emulated processor starts one file from the host's root faster than three.
const FLAGS = ['-std=gnu11', '-O2', '-g', '-Wall', '-Wextra', '-Werror', '-static']

/** Builds the agent, if needed. Returns the path of the program. */
export function buildAgent(): string {
  return join(buildPrograms('agent'), 'agent')
}

/** Builds the tools that run inside the machine, if needed. Returns the folder they are in. */
export function buildTools(): string {
  return buildPrograms('tools')
}

/** Every C file in the folder becomes one program; headers are shared by all. */
function buildPrograms(name: string): string {
  const folder = join(ROOT, 'test/lab', name)
  const files = readdirSync(folder).filter((file) => /\.[ch]$/.test(file))
  const contents = files.sort().flatMap((file) => [file, readFileSync(join(folder, file))])
  return cachedFolder(name, [FLAGS.join(' '), ...contents], (out) => {
    for (const file of files.filter((file) => file.endsWith('.c'))) {
      runTool(COMPILER, [...FLAGS, '-o', join(out, basename(file, '.c')), join(folder, file)])
    }
  })
}

/** What the boot sector of a nested guest tells about; see guest/boot.S. */
export type GuestMode = 'bios' | 'raw'

/** Builds the boot sector of nested guests, if needed. Returns the path of the disk image. */
export function buildBootSector(mode: GuestMode): string {
  const source = join(ROOT, 'test/lab/guest/boot.S')
  const compile = ['-m32', ...(mode === 'raw' ? ['-DRAW'] : []), '-c', source, '-o']
  const link = ['-m', 'elf_i386', '-Ttext', '0x7c00', '--oformat', 'binary', '-o']
  const inputs = [...compile, ...link, readFileSync(source)]
  const folder = cachedFolder(`guest-${mode}`, inputs, (out) => {
    const object = join(out, 'boot.o')
    runTool(COMPILER, [...compile, object])
    runTool('ld', [...link, join(out, 'boot.img'), object])
  })
  return join(folder, 'boot.img')
}

/** Runs a program of the host that must succeed. Returns its standard output. */
export function runTool(
  command: string,
  args: readonly string[],
  options: { input?: Buffer | string; cwd?: string } = {},
): Buffer {
  const result = spawnSync(command, args, {
    ...options,
    maxBuffer: 1 << 30,
    cwd: options.cwd ?? ROOT,
  })
  if (result.error) throw new LabError(`cannot run ${command}: ${result.error.message}`)
  if (result.status !== 0) {
    throw new LabError(`${command} ${args.join(' ')} failed:\n${result.stderr.toString()}`)
  }
  return result.stdout
}
