import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Virsh } from '../../src/guests/virsh.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evswitch-virsh-'))
  vi.stubEnv('PATH', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** A virsh that fails as the real one does; a real refusal would need a machine that is set up for it. */
function failing(...lines: string[]): Virsh {
  const file = join(folder, 'virsh')
  const said = lines.map((line) => `echo 'error: ${line}' >&2\n`).join('')
  writeFileSync(file, `#!/bin/sh\n${said}exit 1\n`)
  chmodSync(file, 0o755)
  return new Virsh('qemu:///system')
}

const connecting = 'failed to connect to the hypervisor'

describe('what virsh says becomes a reason and a remedy', () => {
  test('where it is not installed', async () => {
    await expect(new Virsh('qemu:///system').domains()).rejects.toMatchObject({
      code: 'not-installed',
      summary: 'libvirt is not installed: there is no virsh',
      remedy: expect.stringMatching(/^install it \(Debian: libvirt-clients/),
    })
  })

  test.each([
    "Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
    "authentication unavailable: no polkit agent available to authenticate action 'org.libvirt.unix.manage'",
    'access denied by policy',
  ])('where it lets nobody in: %s', async (reason) => {
    await expect(failing(connecting, reason.replaceAll("'", '"')).domains()).rejects.toMatchObject({
      code: 'no-permission',
      remedy: 'run it with sudo, or join the group "libvirt"',
    })
  })

  test.each([
    'Failed to connect socket to "/var/run/libvirt/libvirt-sock": No such file or directory',
    'Failed to connect socket to "/var/run/libvirt/libvirt-sock": Connection refused',
  ])('where nobody answers: %s', async (reason) => {
    await expect(failing(connecting, reason).domains()).rejects.toMatchObject({
      code: 'not-running',
      summary: expect.stringContaining(reason),
      remedy: expect.stringMatching(/^start it: /),
    })
  })

  test('where it has another reason, in its own words without anything that a terminal obeys', async () => {
    const virsh = failing('internal error: no\u001b[31m slots', 'and no more')
    const error = await virsh.domains().catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'libvirt-failed' })
    const words = String(error instanceof Error ? error.message : error)
    expect(words).toMatch(/^libvirt refuses: internal error: no.*slots; and no more$/)
    expect(words).not.toContain('\u001b')
  })
})
