import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { BenchReport } from '../../src/bench/report.ts'
import { ROOT } from './cache.ts'
import { startChromium } from './chromium.ts'
import { evswitchProgram } from './evswitch.ts'
import { sharedLab } from './shared-lab.ts'

/** What the page keeps for whoever looks: uPlot's charts, by the id of their place. */
interface Charts {
  readonly [id: string]: { readonly data: readonly (readonly (number | null)[])[] }
}

const short = ['--rate', '1000', '--seconds', '0.2', '--switches', '5']

// In virtual time, so that rates are held whatever else this machine does.
const lab = sharedLab({ virtualTime: true, udev: false, devices: ['ps2'] })

async function untilThereIs(device: string): Promise<void> {
  await lab.vm.check(`until grep -q '"${device}"' /proc/bus/input/devices; do :; done`)
}

describe('evswitch bench', () => {
  test('measures with devices of its own, and its page shows charts that hold the figures', async () => {
    const before = await lab.vm.inputDevices()
    const command = [...evswitchProgram, 'bench', ...short, '--json', '--html', '/run/bench.html']
    const { status, stdout, stderr } = await lab.vm.run(command)
    expect(stderr).toBe('evswitch: /run/bench.html has the charts\n')
    expect(status).toBe(0)
    const report = JSON.parse(stdout) as BenchReport
    expect(report).toMatchObject({ complete: true, measured: report.planned })
    expect(report.cases.filter(({ held }) => !held)).toEqual([])
    expect(report.cases.filter(({ lost }) => lost > 0)).toEqual([])
    const [direct, realtime] = report.cases.filter(
      ({ kind, hz, busy }) => kind === 'mouse' && hz === 1000 && !busy,
    )
    expect(direct).toMatchObject({ way: 'direct', sent: 200 })
    expect(realtime).toMatchObject({ way: 'evswitch', realtime: true, engine: { count: 200 } })
    expect(Number(realtime?.latency.p50Ns)).toBeGreaterThan(Number(direct?.latency.p50Ns))
    expect(report.switching).toMatchObject([{ switches: 5, engine: { count: 5 } }])
    expect(report.throughput.map(({ devices }) => devices)).toEqual([1, 8])
    expect(await lab.vm.inputDevices()).toEqual(before)

    const html = await lab.vm.readFile('/run/bench.html')
    expect(html).not.toMatch(/(src|href)=/) // one file, and nobody is asked for anything
    const browser = await startChromium()
    try {
      const page = await browser.newPage()
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(error.message))
      await page.setContent(html)
      const charts = await page.evaluate<Charts>(
        '({ ...Object.fromEntries(Object.entries(charts).map(([id, { data }]) => [id, { data }])) })',
      )
      expect(errors).toEqual([])
      expect(Object.keys(charts)).toEqual(['distribution', 'percentiles', 'timeline'])
      for (const [id, { data }] of Object.entries(charts)) {
        // What is below, direct, evswitch with and without real-time priority.
        expect(data, id).toHaveLength(4)
        for (const series of data) {
          expect(series.filter((value) => value !== null).length, id).toBeGreaterThan(2)
        }
      }
      const [, ...shares] = charts['distribution']?.data ?? []
      for (const series of shares) {
        const sum = series.reduce<number>((total, share) => total + (share ?? 0), 0)
        expect(sum).toBeCloseTo(100, 6)
      }
      // Drawn, too: pixels that are no background.
      const inked = await page.evaluate<number>(`(() => {
        const canvas = document.querySelector('#timeline canvas')
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
        return data.filter((value, index) => index % 4 === 3 && value > 0).length
      })()`)
      expect(inked).toBeGreaterThan(1000)
    } finally {
      await browser.close()
    }
  })

  test('two at once are refused; one that is interrupted keeps what it has, and says so', async () => {
    const process = await lab.vm.spawn([
      ...evswitchProgram,
      ...['bench', '--seconds', '20', '--json', '--html', '/run/part.html'],
    ])
    await untilThereIs('evswitch evswitch-bench-1 keyboard')
    const second = await lab.vm.run([...evswitchProgram, 'bench'])
    expect(second).toMatchObject({ status: 1, stdout: '' })
    expect(second.stderr).toContain('another benchmark is running')
    process.kill('SIGINT')
    const { status } = await process.waitForExit()
    expect(status).toBe(0)
    const report = JSON.parse(process.stdout.text) as BenchReport
    expect(report.complete).toBe(false)
    expect(report.measured).toBe(report.cases.length)
    expect(await lab.vm.readFile('/run/part.html')).toContain('Interrupted: ')
  })

  test('a machine without uinput is told what to load', async () => {
    const hidden = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /dev && exec "$@"', 'sh']
    const { status, stderr } = await lab.vm.run([...hidden, ...evswitchProgram, 'bench'])
    expect(stderr).toContain('/dev/uinput is missing\nload the kernel module: sudo modprobe uinput')
    expect(status).toBe(5)
  })

  test('the rate of a mouse is found', async () => {
    const metronome = await lab.vm.spawn([join(ROOT, 'native/build/metronome'), 'mouse'])
    const node = (await metronome.waitForLine(/^source /)).slice('source '.length)
    await metronome.waitForLine('ready')
    const command = ['bench', 'device', node, '--seconds', '3', '--json']
    const process = await lab.vm.spawn([...evswitchProgram, ...command])
    await process.stderr.waitForLine('move it')
    metronome.write('beat 500 300\n')
    const { status } = await process.waitForExit()
    expect(status).toBe(0)
    expect(JSON.parse(process.stdout.text)).toMatchObject({
      usualHz: 500,
      reports: 300,
      drops: 0,
      findings: [],
    })
  })
})
