import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { carryOut, type InstallOptions, planInstall } from '../../src/install/install.ts'
import type { System } from '../../src/install/system.ts'
import { planUninstall, takeBack } from '../../src/install/uninstall.ts'

let top: string
let source: string
let destdir: string
/** Commands that were run. */
let commands: string[]
/** Commands that fail, by their beginning. */
let failing: string[]
/** Users that are there. */
let users: Set<string>

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'evswitch-install-'))
  source = join(top, 'source')
  destdir = join(top, 'root')
  commands = []
  failing = []
  users = new Set()
  makeCheckout()
  put(destdir, 'etc/hosts', 'localhost')
  put(destdir, 'usr/local/bin/other', 'mine')
})
afterEach(() => rmSync(top, { recursive: true }))

function put(root: string, file: string, content: string): void {
  mkdirSync(join(root, file, '..'), { recursive: true })
  writeFileSync(join(root, file), content)
}

function makeCheckout(): void {
  const packages = {
    '': {},
    'node_modules/koffi': {},
    'node_modules/vitest': { dev: true },
    'node_modules/koffi-windows': {},
  }
  const files = {
    'package.json': '{"version":"1.0.0"}',
    'package-lock.json': JSON.stringify({ packages }),
    'dist/cli/main.js': 'main',
    'dist/cli/main.js.map': 'map',
    'native/build/libevswitch.so': 'library',
    'native/build/evswitch-holder': 'holder',
    'native/build/metronome': 'metronome',
    'node_modules/koffi/index.js': 'koffi',
    'node_modules/koffi/LICENSE.md': 'licence',
    'node_modules/koffi/doc/index.md': 'doc',
    'node_modules/vitest/index.js': 'vitest',
    'systemd/evswitch.service':
      'ExecStart=@NODE@ @PROGRAM@/dist/cli/main.js\nDocumentation=file:@DOC@\n',
    'systemd/user/evswitch-other.service': 'ExecStart=@COMMAND@ other',
    'systemd/254.conf': 'new',
    'systemd/sysusers.conf': 'u evswitch',
    'systemd/modules-load.conf': 'uinput',
    'systemd/share/evswitch-share.service': 'ExecStart=@NODE@ share',
    'systemd/share/service.conf': 'SupplementaryGroups=evswitch-share',
    'systemd/share/sysusers.conf': 'u evswitch-share',
    'udev/70-evswitch.rules': 'rules',
    'docs/config.example.toml': 'example',
    'docs/configuration.md': 'reference',
    'docs/service.md': 'service',
    'docs/share.md': 'share',
    'docs/benchmarking.md': 'benchmarking',
    'openrc/evswitch': 'openrc',
    'openrc/evswitch-holder': 'openrc',
    'runit/evswitch/run': 'runit',
    'runit/evswitch-holder/run': 'runit',
    'man/evswitch.1': 'manual',
    'completions/evswitch': 'bash',
    'completions/_evswitch': 'zsh',
    'completions/evswitch.fish': 'fish',
    'README.md': 'readme',
    'CHANGELOG.md': 'changes',
    LICENSE: 'licence',
  }
  for (const [file, content] of Object.entries(files)) put(source, file, content)
}

function system(change: Partial<System> = {}): System {
  return {
    hasSystemd: true,
    systemdVersion: 252,
    isRoot: true,
    user: (name) => (users.has(name) ? { uid: 990, gid: 990 } : undefined),
    hasCommand: () => true,
    run: (command) => {
      const line = command.join(' ')
      // A question, which does nothing.
      if (line.includes('is-failed')) return { status: 1, stdout: '', stderr: '' }
      commands.push(line)
      const [, made] = /^systemd-sysusers .*\/([a-z-]+)\.conf$/.exec(line) ?? []
      if (made !== undefined) users.add(made)
      if (line.startsWith('userdel')) users.delete(line.split(' ').at(-1) ?? '')
      const fails = failing.some((beginning) => line.startsWith(beginning))
      return { status: fails ? 1 : 0, stdout: '', stderr: fails ? 'it failed' : '' }
    },
    giveToRoot: (path) => commands.push(`chown root ${path}`),
    ownerOf: () => 990,
    ...change,
  }
}

function options(change: Partial<InstallOptions> = {}): InstallOptions {
  return {
    source,
    destdir,
    prefix: '/usr/local',
    version: '1.0.0',
    node: '/usr/bin/node',
    filesOnly: false,
    start: true,
    share: false,
    force: false,
    ...change,
  }
}

function install(change: Partial<InstallOptions> = {}, of = system()): string[] {
  const wish = options(change)
  return carryOut(planInstall(wish, of), wish, of)
}

/** Every file and folder below a folder, with its mode and content. */
function snapshot(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => {
      const status = statSync(join(folder, name))
      const content = status.isFile() ? readFileSync(join(folder, name), 'utf8') : ''
      return `${name} ${status.mode.toString(8)} ${content}`
    })
    .sort()
}

function read(file: string): string {
  return readFileSync(join(destdir, file), 'utf8')
}

describe('an installation', () => {
  test('has the program with what it needs at run time, and nothing else', () => {
    install()
    const program = readdirSync(join(destdir, 'usr/local/lib/evswitch'), {
      recursive: true,
      encoding: 'utf8',
    })
    expect(program.filter((name) => /\.[a-z]+$|holder|metronome/i.test(name)).sort()).toEqual([
      'bin/evswitch-holder',
      'dist/cli/main.js',
      'manifest.json',
      'native/build/libevswitch.so',
      'native/build/metronome',
      'node_modules/koffi/LICENSE.md',
      'node_modules/koffi/index.js',
      'package.json',
    ])
  })

  test('has a unit and a command that name this Node and this program', () => {
    install()
    expect(read('usr/local/lib/systemd/system/evswitch.service')).toBe(
      'ExecStart=/usr/bin/node /usr/local/lib/evswitch/dist/cli/main.js\n' +
        'Documentation=file:/usr/local/share/doc/evswitch\n',
    )
    expect(read('usr/local/lib/systemd/user/evswitch-other.service')).toBe(
      'ExecStart=/usr/local/bin/evswitch other',
    )
    const command = join(destdir, 'usr/local/bin/evswitch')
    expect(readFileSync(command, 'utf8')).toBe(
      '#!/bin/sh\nexec /usr/bin/node /usr/local/lib/evswitch/dist/cli/main.js "$@"\n',
    )
    expect(statSync(command).mode & 0o777).toBe(0o755)
  })

  test('copies a Node that the service could not reach', () => {
    put(top, 'home/node', 'a node')
    // What is in a home is told by its path alone.
    const node = `/tmp/../${join(top, 'home/node')}`
    install({ node })
    expect(read('usr/local/lib/evswitch/bin/node')).toBe('a node')
    expect(read('usr/local/bin/evswitch')).toContain('exec /usr/local/lib/evswitch/bin/node ')
  })

  test('makes the user first, then shows itself to udev and systemd, then starts', () => {
    expect(install()).toEqual([])
    expect(commands).toEqual([
      'systemd-sysusers /usr/local/lib/sysusers.d/evswitch.conf',
      'modprobe uinput',
      'udevadm control --reload',
      'udevadm trigger --settle --action=change /sys/devices/virtual/misc/uinput',
      'systemctl daemon-reload',
      'systemctl enable --quiet evswitch.service',
      'systemctl restart evswitch.service',
    ])
  })

  test('puts what only newer versions of systemd know where it is not seen by older ones', () => {
    const dropIn = 'usr/local/lib/systemd/system/evswitch.service.d/254.conf'
    install()
    expect(existsSync(join(destdir, dropIn))).toBe(false)
    install({}, system({ systemdVersion: 254 }))
    expect(read(dropIn)).toBe('new')
  })

  test('has the network share, with a user of its own, only where there is one', () => {
    const units = 'usr/local/lib/systemd/system'
    const files = ['evswitch-share.service', 'evswitch.service.d/share.conf']
    install()
    for (const file of files) expect(existsSync(join(destdir, units, file)), file).toBe(false)
    expect(commands.join()).not.toContain('share')
    commands = []
    install({ share: true })
    expect(read(`${units}/evswitch-share.service`)).toBe('ExecStart=/usr/bin/node share')
    for (const file of files) expect(existsSync(join(destdir, units, file)), file).toBe(true)
    expect(commands[0]).toBe('systemd-sysusers /usr/local/lib/sysusers.d/evswitch-share.conf')
    expect(commands.slice(-2)).toEqual([
      'systemctl enable --quiet evswitch-share.service',
      'systemctl restart evswitch.service',
    ])
    install()
    for (const file of files) expect(existsSync(join(destdir, units, file)), file).toBe(true)
  })

  test('uses folders below /etc where systemd does not look below the prefix', () => {
    install({ prefix: '/opt/evswitch' })
    expect(existsSync(join(destdir, 'etc/systemd/system/evswitch.service'))).toBe(true)
    expect(existsSync(join(destdir, 'etc/udev/rules.d/70-evswitch.rules'))).toBe(true)
    expect(existsSync(join(destdir, 'opt/evswitch/bin/evswitch'))).toBe(true)
  })

  test('done again changes nothing and starts the service anew', () => {
    install()
    const before = snapshot(destdir)
    commands = []
    const plan = planInstall(options(), system())
    expect(plan.files.every(({ kind }) => kind === 'same')).toBe(true)
    carryOut(plan, options(), system())
    expect(snapshot(destdir)).toEqual(before)
    expect(commands).not.toContainEqual(expect.stringContaining('sysusers'))
    expect(commands.at(-1)).toBe('systemctl restart evswitch.service')
  })

  test('of a new version replaces what is old and removes what is no more', () => {
    put(source, 'dist/old.js', 'old')
    install()
    rmSync(join(source, 'dist/old.js'))
    put(source, 'dist/cli/main.js', 'new main')
    install({ version: '2.0.0' })
    expect(existsSync(join(destdir, 'usr/local/lib/evswitch/dist/old.js'))).toBe(false)
    expect(read('usr/local/lib/evswitch/dist/cli/main.js')).toBe('new main')
  })

  test('keeps a file that was changed by hand, unless it is forced', () => {
    install()
    const unit = 'usr/local/lib/systemd/system/evswitch.service'
    put(destdir, unit, 'my own')
    const plan = planInstall(options(), system())
    expect(plan.files.filter(({ kind }) => kind === 'keep')).toMatchObject([{ path: `/${unit}` }])
    install()
    expect(read(unit)).toBe('my own')
    install({ force: true })
    expect(read(unit)).toContain('ExecStart')
  })

  test('into a package is files only', () => {
    install({ filesOnly: true, prefix: '/usr', node: '/usr/bin/node' })
    expect(commands).toEqual([])
    expect(existsSync(join(destdir, 'usr/lib/systemd/system/evswitch.service'))).toBe(true)
    expect(existsSync(join(destdir, 'usr/lib/evswitch/manifest.json'))).toBe(false)
  })

  test('of a checkout that is not built, or of an installed program, is refused', () => {
    rmSync(join(source, 'dist'), { recursive: true })
    expect(() => install()).toThrow(/is not built\nrun npm run build/)
    rmSync(join(source, 'package-lock.json'))
    expect(() => install()).toThrow(/is an installed evswitch already/)
  })

  test('goes on without udev, and fails where the service does not start', () => {
    failing = ['udevadm control']
    expect(install()).toEqual([
      'cannot show the rules to udev: udevadm control --reload ended with 1\n  it failed',
    ])
    failing = ['systemctl restart']
    expect(() => install()).toThrow(/cannot start the service(.|\n)*journalctl -u evswitch/)
  })

  test('makes its user with other commands where there is no systemd', () => {
    const noSystemd = { hasSystemd: false, systemdVersion: 0 }
    install({}, system({ ...noSystemd, hasCommand: (name) => name !== 'systemd-sysusers' }))
    expect(commands[0]).toMatch(/^useradd --system --user-group .* evswitch$/)
    expect(commands).not.toContainEqual(expect.stringMatching(/systemctl/))
  })
})

describe('an uninstallation', () => {
  test('leaves files that were there before the installation, and that it kept', () => {
    put(destdir, 'usr/local/bin/evswitch', 'another evswitch')
    const before = snapshot(destdir)
    install()
    takeBack(planUninstall(options(), system()), system())
    expect(snapshot(destdir)).toEqual(before)
  })

  test('leaves every file and folder as it was', () => {
    const before = snapshot(destdir)
    install()
    expect(snapshot(destdir)).not.toEqual(before)
    expect(takeBack(planUninstall(options(), system()), system())).toEqual({
      warnings: [],
      keptFolders: [],
    })
    expect(snapshot(destdir)).toEqual(before)
  })

  test('stops the service first, and removes the user last', () => {
    install()
    commands = []
    takeBack(planUninstall(options(), system()), system())
    expect(commands[0]).toBe('systemctl disable --now --quiet evswitch.service')
    expect(commands.indexOf('chown root /dev/uinput')).toBeGreaterThan(0)
    expect(commands.at(-1)).toBe('userdel evswitch')
  })

  test('takes the share back, too: the process with the network ends first', () => {
    const before = snapshot(destdir)
    install({ share: true })
    commands = []
    takeBack(planUninstall(options(), system()), system())
    expect(commands[0]).toBe('systemctl disable --now --quiet evswitch-share.service')
    expect(commands.slice(-2)).toEqual(['userdel evswitch-share', 'userdel evswitch'])
    expect(snapshot(destdir)).toEqual(before)
  })

  test.each([
    [998, true],
    [undefined, false],
  ])('gives the key of this machine to root, where there is one (owner: %s)', (owner, isGiven) => {
    install({ share: true })
    commands = []
    const ownerOf = (path: string) => (path === '/var/lib/evswitch-share' ? owner : 0)
    takeBack(planUninstall(options(), system({ ownerOf })), system({ ownerOf }))
    const given = commands.indexOf('chown -hR root:root /var/lib/evswitch-share')
    expect(given >= 0).toBe(isGiven)
    expect(given).toBeLessThan(commands.indexOf('userdel evswitch-share'))
  })

  test('leaves a user that was there before', () => {
    users.add('evswitch')
    install()
    commands = []
    takeBack(planUninstall(options(), system()), system())
    expect(commands).not.toContainEqual(expect.stringMatching(/^userdel/))
  })

  test('keeps what was changed or made by somebody else, and tells', () => {
    install()
    put(destdir, 'etc/evswitch/config.toml', 'my configuration')
    put(destdir, 'usr/local/lib/udev/rules.d/70-evswitch.rules', 'my rules')
    const plan = planUninstall(options(), system())
    expect(plan.files.filter(({ kind }) => kind === 'keep').map(({ path }) => path)).toEqual([
      '/usr/local/lib/udev/rules.d/70-evswitch.rules',
    ])
    const { keptFolders } = takeBack(plan, system())
    expect(keptFolders).toContain('/etc/evswitch')
    expect(read('etc/evswitch/config.toml')).toBe('my configuration')
    expect(read('usr/local/lib/udev/rules.d/70-evswitch.rules')).toBe('my rules')
  })

  test('takes back an installation that was cut short', () => {
    const before = snapshot(destdir)
    failing = ['systemd-sysusers']
    expect(() => install()).toThrow(/cannot make the user/)
    takeBack(planUninstall(options(), system()), system())
    expect(snapshot(destdir)).toEqual(before)
  })

  test('of nothing is refused', () => {
    expect(() => planUninstall(options(), system())).toThrow(/no evswitch is installed/)
  })

  test('that cannot stop the service removes nothing', () => {
    install()
    const before = snapshot(destdir)
    failing = ['systemctl disable']
    expect(() => takeBack(planUninstall(options(), system()), system())).toThrow(/cannot stop/)
    expect(snapshot(destdir)).toEqual(before)
  })
})
