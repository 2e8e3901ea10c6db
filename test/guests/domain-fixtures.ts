import { readdirSync, readFileSync } from 'node:fs'
import type { DomainWish } from '../../src/guests/domain-edit.ts'

const directory = new URL('../fixtures/domains/', import.meta.url)

export const domainFixtures: readonly string[] = readdirSync(directory)
  .filter((file) => file.endsWith('.xml'))
  .map((file) => file.slice(0, -'.xml'.length))

/** As it stands, without any decoding of line ends or byte order marks. */
export function domainFixture(name: string): string {
  return readFileSync(new URL(`${name}.xml`, directory), 'utf8')
}

/** What `apply win10` asks for, unless said otherwise. */
export function wish(
  changes: Partial<DomainWish> & { readonly virtio?: boolean } = {},
): DomainWish {
  const { virtio = false, ...rest } = changes
  const attachment = virtio ? 'virtio-input-host' : 'input-linux'
  return {
    input: { target: 'win10', attachment },
    byCommandLine: false,
    replace: false,
    dropPointers: false,
    ...rest,
  }
}

/** One of each kind. */
export const wishes: readonly (readonly [string, DomainWish])[] = [
  ['evdev', wish()],
  ['virtio', wish({ virtio: true })],
  ['command line', wish({ byCommandLine: true })],
  ['virtio by command line', wish({ byCommandLine: true, virtio: true })],
  ['evdev instead of all', wish({ replace: true, dropPointers: true })],
  ['command line instead of all', wish({ byCommandLine: true, replace: true, dropPointers: true })],
]
