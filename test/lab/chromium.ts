import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { needPackages } from '../../scripts/bootstrap.mjs'
import { chromiumPackages } from '../packages.mjs'

const program = '/usr/bin/chromium'

/** Starts Debian's Chromium without a window, installing it where that is allowed. The caller closes it. */
export async function startChromium(): Promise<Browser> {
  needPackages(chromiumPackages)
  if (!existsSync(program)) throw new Error(`${program} is missing`)
  return await chromium.launch({
    executablePath: program,
    // As root it has no sandbox of its own, and here it opens nothing but our page.
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  })
}
