/**
 * `node scripts/run.mjs bench/screenshot.ts`: the picture in docs/benchmarking.md. `evswitch bench --html` runs in the
 * lab's virtual time, and Chromium shows its page.
 */

import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ROOT } from '../test/lab/cache.ts'
import { startChromium } from '../test/lab/chromium.ts'
import { evswitchProgram } from '../test/lab/evswitch.ts'
import { bootLab } from '../test/lab/vm.ts'
import { runProgram } from './added/program.ts'

const FILE = join(ROOT, 'docs/images/bench-page.png')
const DEADLINE_MS = 580_000
/** What most people have. */
const SHOWN = 'mouse 1000 Hz, busy'

async function makePage(): Promise<string> {
  const vm = await bootLab({ virtualTime: true, udev: false, devices: ['ps2'] })
  try {
    const options = ['--rate', '125', '1000', '--seconds', '1', '--html', '/run/bench.html']
    await vm.check([...evswitchProgram, 'bench', ...options], { deadlineMs: DEADLINE_MS })
    return await vm.readFile('/run/bench.html')
  } finally {
    await vm.shutdown()
  }
}

async function main(): Promise<void> {
  const html = await makePage()
  const browser = await startChromium()
  try {
    const page = await browser.newPage({ viewport: { width: 1040, height: 800 } })
    await page.setContent(html)
    await page.selectOption('#case', SHOWN)
    mkdirSync(dirname(FILE), { recursive: true })
    await page.screenshot({ path: FILE, fullPage: true })
    console.log(`${FILE} is new`)
  } finally {
    await browser.close()
  }
}

await runProgram('bench:screenshot', main)
