import type { Command } from 'commander'
import { type Polling, PollingMeter } from '../../bench/polling.ts'
import { Capture } from '../../capture/capture.ts'
import type { Frame } from '../../capture/frames.ts'
import type { Device } from '../../devices/device.ts'
import { listDevices } from '../../devices/list.ts'
import { findDevices } from '../../devices/select.ts'
import { deviceBusyError, usersOf } from '../../devices/users.ts'
import { createEngine } from '../../engine/engine.ts'
import { EvswitchError } from '../../errors.ts'
import { isGrabbedElsewhere } from '../../service/grab-check.ts'
import { barLines } from '../bench-text.ts'
import type { Output } from '../output.ts'
import { Progress } from '../progress.ts'
import { quietKeyboard } from '../quiet-keyboard.ts'
import { parseSeconds, untilTime } from '../until-time.ts'

interface DeviceFlags {
  readonly seconds: number
  readonly json: boolean
}

const help = `
Move the mouse in circles, fast and without a stop; or roll your fingers over the
keyboard. The device is shared, not taken: what you do with it goes where it
always goes. No key is shown or kept.

Examples:
  evswitch bench device mosart               ten seconds of this mouse
  evswitch bench device event7 --seconds 30 --json
`

/** evswitch bench device */
export function defineDevice(command: Command, output: Output): void {
  command
    .command('device')
    .summary('how often a real mouse or keyboard reports')
    .description('measure how often a real mouse or keyboard reports, and how evenly')
    .argument('<device>', 'a path, a link, event3, or a part of its name')
    .option('--seconds <number>', 'how long', parseSeconds, 10)
    .option('--json', 'the figures as JSON', false)
    .addHelpText('after', help)
    .action(async (name: string, flags: DeviceFlags) => await benchDevice(name, flags, output))
}

const progressMs = 250

async function benchDevice(
  name: string,
  { seconds, json }: DeviceFlags,
  output: Output,
): Promise<void> {
  const device = chooseDevice(name)
  const meter = new PollingMeter()
  const frame = (_: Device, { kernelNs, readNs, dropped }: Frame) => {
    meter.report(kernelNs, readNs, dropped)
  }
  const progress = new Progress(output)
  let isGone = false
  await untilTime(seconds, async (ended) => {
    const capture = new Capture({
      engine: createEngine(),
      listener: {
        frame,
        departed: () => {
          isGone = true
        },
      },
      wants: ({ sysPath }) => sysPath === device.sysPath,
    })
    const undo: (() => void)[] = [() => progress.clear()]
    try {
      await capture.start()
      undo.push(quietKeyboard())
      const what =
        device.kind === 'keyboard' ? 'roll your fingers over it' : 'move it, fast and steadily'
      output.err(`evswitch: ${device.name}, ${device.node}: ${what}, ${seconds} s\n`)
      const startMs = performance.now()
      const timer = setInterval(() => {
        const passed = Math.min(seconds, Math.floor((performance.now() - startMs) / 1000))
        progress.show(passed, seconds, `s, ${meter.reports} reports`)
      }, progressMs)
      undo.push(() => clearInterval(timer))
      await ended()
    } finally {
      for (const each of undo) each()
      await capture.stop()
    }
  })
  if (meter.reports === 0) throw silentError(device, isGone)
  const polling = meter.result({ kind: device.kind, pollRateHz: device.usb?.pollRateHz })
  output.out(
    json
      ? `${JSON.stringify(deviceJson(device, polling), null, 2)}\n`
      : deviceText(device, polling),
  )
}

/** Throws what `findDevices` throws, 'ambiguous-device' for a device with several nodes, and 'device-busy'. */
function chooseDevice(name: string): Device {
  const found = findDevices(listDevices().devices, name)
  const [device] = found.filter(({ secondary }) => !secondary)
  if (device === undefined || found.length === 0) {
    throw new EvswitchError('unknown-device', `${name} is no keyboard and no mouse`, {
      remedy: 'evswitch devices lists those there are',
    })
  }
  if (isGrabbedElsewhere(device) === true) {
    const busy = deviceBusyError(device.node, usersOf([device]))
    throw new EvswitchError('device-busy', busy.summary.replace('cannot grab', 'cannot hear'), {
      remedy:
        'switch its input back to this machine (both Ctrl keys with evswitch), or end that program',
    })
  }
  return device
}

function silentError(device: Device, isGone: boolean): EvswitchError {
  return isGone
    ? new EvswitchError('device-gone', `${device.node} was unplugged before it reported anything`)
    : new EvswitchError('not-configured', `${device.name} (${device.node}) reported nothing`, {
        remedy: 'use it while this runs; one that another program has grabbed stays silent',
      })
}

function deviceText(device: Device, polling: Polling): string {
  const { hz, usualHz, intervals, jitter, skipped, read, drops, reports, findings, bars } = polling
  const us = (ns: number | undefined) => (ns === undefined ? '–' : (ns / 1000).toFixed(0))
  const verdict =
    hz === undefined
      ? 'rate not known'
      : usualHz === undefined
        ? `about ${Math.round(hz)} Hz`
        : `a ${usualHz} Hz device (measured ${Math.round(hz)})`
  return [
    `${device.name}, ${device.node}: ${verdict}`,
    `reports    ${reports}, overruns ${drops}`,
    `intervals  p50 ${us(intervals.p50Ns)} us, p99 ${us(intervals.p99Ns)}, max ${us(intervals.maxNs)}`,
    `jitter     p50 ${us(jitter.p50Ns)} us, p99 ${us(jitter.p99Ns)}${skipped === undefined ? '' : `; late by a period: ${(100 * skipped).toFixed(1)} %`}`,
    `read       p50 ${us(read.p50Ns)} us after the kernel had it, p99 ${us(read.p99Ns)}, max ${us(read.maxNs)}`,
    ...(bars.length === 0 ? [] : ['', 'Intervals:', ...barLines(bars, 40)]),
    '',
    ...(findings.length === 0 ? ['no problem was seen'] : findings.map((text) => `! ${text}`)),
    '',
  ].join('\n')
}

function deviceJson(device: Device, polling: Polling) {
  const { node, name, kind, identity } = device
  return {
    evswitch: 'bench device',
    version: 1,
    device: { node, name, kind, identity },
    ...polling,
  }
}
