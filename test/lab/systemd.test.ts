import { existsSync } from 'node:fs'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { ROOT } from './cache.ts'
import { PATIENCE_MS } from './deadline.ts'
import {
  followJournal,
  guestNodes,
  installedCommand,
  installService,
  nodeMinors,
  propertiesOf,
  uninstallService,
  unit,
  unitProperties,
  writeInstalledConfig,
} from './installed.ts'
import {
  ends,
  guestWithInput,
  KEY_A,
  KEY_B,
  KEY_C,
  outlive,
  switchTo,
  tapInGuest,
} from './outlive.ts'
import { sharedLab } from './shared-lab.ts'
import { startReader } from './tools.ts'
import type { LabVm } from './vm.ts'
import { wakeUps } from './wake-ups.ts'

const lab = sharedLab({ init: 'systemd' })

const shareUnit = 'evswitch-share.service'
const patience = { timeout: PATIENCE_MS, interval: 1000 }

/** The tests are one story: what the first one installed is what the last one takes back. */
let written: string[] = []
let accounts = ''

/** Every file and whiteout that the machine has over the host's, but logs and what is run-time or cached. */
async function writtenFiles(vm: LabVm): Promise<string[]> {
  const find =
    "cd /run/lab/written && find . \\( -type f -o -type l -o -type c \\) -printf '%P %y %l\\n'"
  const lines = (await vm.check(find)).trimEnd().split('\n')
  const ours = lines.filter((line) => !/^(tmp|var\/log|var\/tmp|var\/cache|root)\//.test(line))
  return ours.filter((line) => !line.includes('.cache/')).sort()
}

/** Folders that the machine has and the host does not. */
async function newFolders(vm: LabVm): Promise<string[]> {
  const folders = await vm.check("cd /run/lab/written && find . -type d -printf '%P\\n'")
  const ours = folders.trimEnd().split('\n')
  return ours.filter(
    (folder) => !/^(tmp|var|root|run)(\/|$)/.test(folder) && !existsSync(`/${folder}`),
  )
}

/** What makes and removes users writes these anew, with what was in them. */
const accountNames = ['passwd', 'group', 'shadow', 'gshadow', 'subuid', 'subgid']
const accountFiles = accountNames.map((name) => `/etc/${name}`)

async function readAccounts(vm: LabVm): Promise<string> {
  return await vm.check(`cat ${accountFiles.join(' ')} 2>/dev/null; true`)
}

describe('evswitch as a service of systemd', () => {
  // A test that failed before the last one leaves a machine that nobody else may have.
  let isUninstalled = false
  afterAll(async () => {
    if (!isUninstalled) await lab.vm.shutdown().catch(() => {})
  })

  test('is installed and started, with its nodes there when systemd says so', async () => {
    written = await writtenFiles(lab.vm)
    accounts = await readAccounts(lab.vm)
    // Something that starts virtual machines, and looks for their nodes at once.
    const starter = `[Service]\nType=oneshot\nExecStart=/bin/ls -L ${guestNodes.keyboard} ${guestNodes.mouse}\n`
    await lab.vm.writeFile('/run/systemd/system/virtqemud.service', starter)
    expect(await installService(lab.vm)).toMatch(/^ {2}make the user and group evswitch$/m)
    await lab.vm.check(['systemctl', 'stop', unit])
    await lab.vm.check(['systemctl', 'start', '--no-block', unit])
    await lab.vm.check(['systemctl', 'start', 'virtqemud.service'], { deadlineMs: 300_000 })

    const facts = await unitProperties(
      lab.vm,
      'Before',
      'UnitFileState',
      'ActiveState',
      'NFileDescriptorStore',
    )
    expect(facts).toMatchObject({
      UnitFileState: 'enabled',
      ActiveState: 'active',
      NFileDescriptorStore: '2',
    })
    for (const later of ['libvirtd', 'virtqemud', 'libvirt-guests']) {
      expect(facts['Before']).toContain(`${later}.service`)
    }
    expect(await lab.vm.check(['systemctl', 'list-dependencies', 'multi-user.target'])).toContain(
      unit,
    )
  })

  test('runs as its own user, which has uinput, in a sandbox of 2.0 or better', async () => {
    const { MainPID } = await unitProperties(lab.vm, 'MainPID')
    const status = await lab.vm.check(['cat', `/proc/${MainPID}/status`])
    const uid = (await lab.vm.check(['id', '-u', 'evswitch'])).trim()
    expect(uid).not.toBe('0')
    expect(status).toMatch(new RegExp(`^Uid:\\t${uid}\\t${uid}\\t`, 'm'))
    expect(status).toMatch(/^CapBnd:\t0+$/m)
    expect(status).toMatch(/^NoNewPrivs:\t1$/m)
    expect(status).toMatch(/^Seccomp:\t2$/m)
    expect((await lab.vm.check(['stat', '-c', '%U', '/dev/uinput'])).trim()).toBe('evswitch')
    const rating = await lab.vm.check(['systemd-analyze', 'security', '--no-pager', unit])
    const [, exposure = '10'] = /exposure level for evswitch.service: ([\d.]+)/.exec(rating) ?? []
    expect(Number(exposure)).toBeLessThanOrEqual(2)
    const said = await lab.vm.check([installedCommand, 'service', 'status'])
    expect(said).toMatch(/^evswitch.service is active, enabled at boot, since /m)
    expect(said).toMatch(/process \d+: this machine has the input$/m)
  })

  test('answers the members of its group, who can open no device, and nobody else', async () => {
    await lab.vm.check('useradd --system --groups evswitch looker && useradd --system stranger')
    try {
      const as = (user: string, ...command: string[]) =>
        lab.vm.run(['runuser', '-u', user, '--', ...command])
      expect(await as('looker', installedCommand, 'status')).toMatchObject({ status: 0 })
      expect(await as('stranger', installedCommand, 'status')).toMatchObject({ status: 4 })
      const devices = [
        '/dev/uinput',
        guestNodes.keyboard,
        await lab.vm.node(lab.vm.keyboard('usb')),
      ]
      for (const device of devices) {
        const { status, stderr } = await as('looker', 'dd', `if=${device}`, 'count=0')
        expect(stderr).toContain('Permission denied')
        expect(status).toBe(1)
      }
    } finally {
      await lab.vm.check('userdel looker && userdel stranger')
    }
  })

  test('reads its configuration anew at a reload, and stays as it is when that has an error', async () => {
    const journal = await followJournal(lab.vm)
    const before = await unitProperties(lab.vm, 'MainPID')
    await writeInstalledConfig(lab.vm, '[host]\nindicator = true\n')
    await lab.vm.check(['systemctl', 'reload', unit])
    await journal.waitFor('indicator: changed')
    await writeInstalledConfig(lab.vm, '[host]\nindicator = "maybe"\n')
    expect(await lab.vm.run(['systemctl', 'reload', unit])).not.toMatchObject({ status: 0 })
    await journal.waitFor(/config\.toml:2:13: /)
    await writeInstalledConfig(lab.vm, '[log]\nlevel = "info"\n')
    await lab.vm.check(['systemctl', 'reload', unit])
    await journal.waitFor('indicator: changed')
    expect(await unitProperties(lab.vm, 'MainPID', 'ActiveState')).toEqual({
      ...before,
      ActiveState: 'active',
    })
  })

  test('sleeps while nothing happens: its main thread wakes for the watchdog alone', async () => {
    const { MainPID = '' } = await unitProperties(lab.vm, 'MainPID')
    const [main] = await wakeUps(lab.vm, MainPID, 5)
    expect(main).toMatchObject({ id: MainPID })
    // Two knocks, of which each has several steps; a timer that ticks would show.
    expect(main?.count).toBeLessThan(40)
  })

  test('is killed and brought up to date while a guest has its nodes, and the guest loses no key', async () => {
    const scene = await guestWithInput(lab.vm)
    await outlive(lab.vm, scene, ends.kill)
    // Since somebody restarted it, it has come back by itself so often.
    expect(await unitProperties(lab.vm, 'NRestarts')).toEqual({ NRestarts: '1' })
    await outlive(lab.vm, scene, ends.update)
    const status = JSON.parse(await lab.vm.check([installedCommand, 'status', '--json']))
    expect(status).toMatchObject({ evswitch: '9.9.1', active: 'guest' })
    expect(await unitProperties(lab.vm, 'NFileDescriptorStore')).toEqual({
      NFileDescriptorStore: '2',
    })
  })

  test('is killed by the watchdog when it is stopped, which gives the input back', async () => {
    const { guest, journal } = await guestWithInput(lab.vm)
    const host = await startReader(lab.vm, [await lab.vm.node(lab.vm.keyboard('usb'))])
    const minors = await nodeMinors(lab.vm)
    await lab.vm.keyboard('usb').press('b')
    await guest.waitUntil(() => guest.pressedKeys.has(KEY_B))
    await lab.vm.check(['systemctl', 'kill', '-s', 'STOP', unit])
    await journal.waitFor('Watchdog timeout (limit 9s)')
    await journal.waitFor('Main process exited, code=killed')
    await lab.vm.keyboard('usb').release('b')
    await lab.vm.keyboard('usb').tap('a')
    await host.waitFor({ type: 1, code: KEY_A, value: 0 })
    await journal.waitFor('"msg":"service is ready"')
    await guest.waitUntil(() => guest.pressedKeys.size === 0)
    expect([...(await host.pressed()).values()].flat()).toEqual([])
    expect(await nodeMinors(lab.vm)).toBe(minors)
    await switchTo(lab.vm, journal, 'guest')
    await tapInGuest(lab.vm, guest, 'c', KEY_C)
  })

  test('has the share beside it, as another user, which has no device and no way to it', async () => {
    const journal = await followJournal(lab.vm)
    // Nobody listens there.
    const join = '[share.join]\nserver = "127.0.0.1:9"\nname = "laptop"\n'
    const said = await installService(lab.vm, `[log]\nlevel = "info"\n${join}`)
    expect(said).toMatch(/^ {2}make the user and group evswitch-share$/m)
    await journal.waitFor('"msg":"share is connected"')
    const devices = (await lab.vm.inputDevices()).map(({ name }) => name)
    for (const name of ['keyboard', 'mouse', 'pointer']) {
      expect(devices).toContain(`evswitch share ${name}`)
    }

    const { MainPID } = await propertiesOf(lab.vm, shareUnit, ['MainPID'])
    const status = await lab.vm.check(['cat', `/proc/${MainPID}/status`])
    const uid = (await lab.vm.check(['id', '-u', 'evswitch-share'])).trim()
    expect(status).toMatch(new RegExp(`^Uid:\\t${uid}\\t${uid}\\t`, 'm'))
    expect(status).toMatch(/^CapBnd:\t0+$/m)
    expect(status).toMatch(/^Seccomp:\t2$/m)
    expect((await lab.vm.check(['id', '-nG', 'evswitch-share'])).trim()).toBe('evswitch-share')
    const rating = await lab.vm.check(['systemd-analyze', 'security', '--no-pager', shareUnit])
    const [, exposure = '10'] =
      /exposure level for evswitch-share.service: ([\d.]+)/.exec(rating) ?? []
    expect(Number(exposure)).toBeLessThanOrEqual(2)
    await vi.waitUntil(async () => {
      const { stdout } = await lab.vm.run([installedCommand, 'share', 'status'])
      return stdout.includes('not connected to 127.0.0.1:9') && stdout.includes('ECONNREFUSED')
    }, patience)

    // It comes back, and the service finds it again.
    await lab.vm.check(['systemctl', 'kill', '--signal=KILL', shareUnit])
    await journal.waitFor('"msg":"share is not connected"')
    await journal.waitFor('"msg":"share is connected"')
    const after = await propertiesOf(lab.vm, shareUnit, ['MainPID', 'ActiveState'])
    expect(after['ActiveState']).toBe('active')
    expect(after['MainPID']).not.toBe(MainPID)
  })

  test('is uninstalled, and nothing of it is left', async () => {
    await lab.vm.check(['rm', '/run/systemd/system/virtqemud.service'])
    const state = '/var/lib/evswitch-share'
    expect(await lab.vm.check(['stat', '-c', '%U %a', state])).toBe('evswitch-share 700\n')
    expect(await uninstallService(lab.vm)).toContain('Done.')
    // The key, and whom the user has trusted.
    expect(await lab.vm.check(`stat -c %U ${state} ${state}/* | sort -u`)).toBe('root\n')
    await lab.vm.check(['rm', '-r', state])
    const account = new RegExp(`^etc/(${accountNames.join('|')}|\\.pwd\\.lock)-? `)
    const build = new RegExp(`^${ROOT.slice(1)}/(package\\.json|dist/cli/main\\.js) `)
    const left = (await writtenFiles(lab.vm)).filter((line) => !written.includes(line))
    expect(left.filter((line) => !account.test(line) && !build.test(line))).toEqual([])
    expect(await newFolders(lab.vm)).toEqual([])
    expect(await readAccounts(lab.vm)).toBe(accounts)
    expect((await lab.vm.check(['stat', '-c', '%U', '/dev/uinput'])).trim()).toBe('root')
    expect((await lab.vm.run(['systemctl', 'cat', unit])).status).not.toBe(0)
    isUninstalled = true
  })
})
