// npm start: runs evswitch on this machine's keyboards and mice, or, where there are none, shows it at
// work in a virtual machine.

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bootstrap } from './bootstrap.mjs'
import { forbiddenNodes, usableDevices } from './lib/start-mode.mjs'
import { become, EXIT, main, ROOT, SetupError, say } from './lib/step.mjs'

await main(import.meta.url, async (args) => {
  bootstrap()
  const devices = usableDevices(await listDevices())
  if (devices.length === 0) {
    say('no real keyboard or mouse here; showing the demo in a virtual machine')
    return become('test/lab/demo.ts', args)
  }
  const forbidden = forbiddenNodes(devices)
  if (forbidden.length > 0) {
    const [first, ...more] = forbidden
    const others = more.length > 0 ? ` and ${more.length} more` : ''
    throw new SetupError(
      `not allowed to open ${first}${others}; run "sudo npm start", ` +
        'or give your user the groups and udev rules that README.md names',
      EXIT.noPermission,
    )
  }
  return become('dist/cli/main.js', ['run', ...args])
})

/** The program's own list, so that what counts as a keyboard is written down once. */
async function listDevices() {
  const url = pathToFileURL(join(ROOT, 'dist/devices/list.js')).href
  /** @type {typeof import('../src/devices/list.ts')} */
  const { listDevices } = await import(url)
  try {
    return listDevices().devices
  } catch (error) {
    if (/** @type {{ code?: unknown }} */ (error).code === 'not-installed') return []
    throw error
  }
}
