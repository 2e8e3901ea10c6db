import { evswitchProgram } from './evswitch.ts'
import type { LabProcess } from './lab-process.ts'
import type { LabVm } from './vm.ts'

const configFile = '/run/evswitch-test/config.toml'

/** Starts `evswitch service run` inside the machine with a configuration, and waits until it is ready. */
export async function startService(
  vm: LabVm,
  config = '',
  args: readonly string[] = [],
): Promise<LabProcess> {
  await writeServiceConfig(vm, config)
  const command = [...evswitchProgram, 'service', 'run', '--config', configFile, ...args]
  const process = await vm.spawn(command)
  await process.stderr.waitForLine('"msg":"service is ready"')
  return process
}

/** What the service reads at its start and at a reload; it logs what happens. */
export async function writeServiceConfig(vm: LabVm, config: string): Promise<void> {
  await vm.writeFile(configFile, `${config}\n[log]\nlevel = "info"\n`)
}

/** Runs a command of evswitch that asks the service, and returns what it says as JSON. */
export async function ask(vm: LabVm, ...args: readonly string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await vm.check([...evswitchProgram, ...args, '--json']))
}
