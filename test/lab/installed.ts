import { join } from 'node:path'
import { ROOT } from './cache.ts'
import { evswitchProgram } from './evswitch.ts'
import type { LabProcess } from './lab-process.ts'
import type { LabVm } from './vm.ts'

/** Where `evswitch service install` puts the command. */
export const installedCommand = '/usr/local/bin/evswitch'
export const unit = 'evswitch.service'

export const guestNodes = {
  keyboard: '/dev/input/by-id/evswitch-guest-event-kbd',
  mouse: '/dev/input/by-id/evswitch-guest-event-mouse',
} as const

/** What differs from the unit as it is installed: an emulated processor takes its time to start Node. */
const slowly = '[Service]\nTimeoutStartSec=300\n'
const config = '[log]\nlevel = "info"\n'

export async function writeInstalledConfig(vm: LabVm, text: string): Promise<void> {
  await vm.writeFile('/etc/evswitch/config.toml', text)
}

/** Installs the service of this checkout in a machine with systemd, and starts it. */
export async function installService(vm: LabVm, text = config): Promise<string> {
  await writeInstalledConfig(vm, text)
  await vm.writeFile(`/run/systemd/system/${unit}.d/slowly.conf`, slowly)
  return await vm.check([...evswitchProgram, 'service', 'install', '--yes'], {
    deadlineMs: 300_000,
  })
}

/** Takes away what `installService` wrote beside the installation, and the installation. */
export async function uninstallService(vm: LabVm): Promise<string> {
  const said = await vm.check([installedCommand, 'service', 'uninstall', '--yes'], {
    deadlineMs: 300_000,
  })
  await vm.check(`rm -r /etc/evswitch /run/systemd/system/${unit}.d && systemctl daemon-reload`)
  return said
}

/** A changed build of the checkout that the machine sees; the host's stays as it is. */
export async function changeBuild(vm: LabVm, version: string): Promise<void> {
  const file = join(ROOT, 'package.json')
  const text = await vm.readFile(file)
  await vm.writeFile(file, text.replace(/"version": "[^"]*"/, `"version": "${version}"`))
  await vm.check(`echo '// changed' >> ${join(ROOT, 'dist/cli/main.js')}`)
}

/** What the service logs from now on. */
export async function followJournal(vm: LabVm): Promise<Journal> {
  const text = await vm.check(['journalctl', '-n', '1', '-o', 'cat', '--show-cursor'])
  const [, cursor = ''] = /^-- cursor: (.*)$/m.exec(text) ?? []
  const argv = ['journalctl', '-u', unit, '-f', '-o', 'cat', `--after-cursor=${cursor}`]
  return new Journal(await vm.spawn(argv))
}

/** The service's log, and what systemd says of it. */
export class Journal {
  readonly #process: LabProcess

  constructor(process: LabProcess) {
    this.#process = process
  }

  /** Waits for a line, after the last one waited for. */
  async waitFor(text: string | RegExp): Promise<string> {
    return await this.#process.waitForLine(text, 300_000)
  }
}

/** Values of `systemctl show` for the service. */
export async function unitProperties(
  vm: LabVm,
  ...names: readonly string[]
): Promise<Record<string, string>> {
  return await propertiesOf(vm, unit, names)
}

/** The same for any unit. */
export async function propertiesOf(
  vm: LabVm,
  name: string,
  names: readonly string[],
): Promise<Record<string, string>> {
  const shown = await vm.check(['systemctl', 'show', `--property=${names.join(',')}`, name])
  const lines = shown.trimEnd().split('\n')
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=')
      return [line.slice(0, at), line.slice(at + 1)]
    }),
  )
}

/** The minor numbers of the guest's nodes. */
export async function nodeMinors(vm: LabVm): Promise<string> {
  return await vm.check(['stat', '-L', '-c', '%n %T', guestNodes.keyboard, guestNodes.mouse])
}
