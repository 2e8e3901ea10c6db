import { printable } from '../../devices/sanitize.ts'
import { domainWarnings } from '../../guests/domain-warnings.ts'
import { type Domain, isOurs, nodesOf, targetOfNode } from '../../guests/domain-xml.ts'
import { attributeOf, textOf } from '../../guests/xml.ts'
import type { Finding } from '../finding.ts'
import { elementsAt, opensOurs, type Subject, targetNames } from '../subject.ts'

/** What the definitions of the domains say about their input. */
export async function checkDomains(subject: Subject): Promise<Finding[]> {
  const findings = subject.domains.flatMap((domain) => checkDomain(subject, domain))
  for (const domain of subject.domains) findings.push(...(await emulator(subject, domain)))
  return findings
}

function checkDomain(subject: Subject, domain: Domain): Finding[] {
  return [
    ...unreached(subject, domain),
    ...missingNodes(subject, domain),
    ...traps(domain),
    ...bootKeyboard(domain),
  ]
}

function unreached(subject: Subject, domain: Domain): Finding[] {
  const targets = targetNames(subject)
  const name = printable(domain.name)
  if (!opensOurs(domain)) {
    if (!subject.isDomainNamed) return []
    return [
      {
        id: 'domain-without-nodes',
        severity: 'error',
        what: `the domain ${name} has no node of evswitch`,
        why: 'nothing that is typed can reach it',
        fix: `evswitch libvirt apply ${name}`,
      },
    ]
  }
  return nodesOf(domain)
    .flatMap((node) => targetOfNode(node) ?? [])
    .filter((target, index, all) => all.indexOf(target) === index && !targets.includes(target))
    .map((target) => ({
      id: 'unknown-target',
      severity: 'error',
      what: `the domain ${name} opens nodes of the target ${target}, and the configuration has none of that name`,
      why: 'its nodes are never made, so the domain does not start',
      fix: `add [[target]] name = "${target}", or: evswitch libvirt apply ${name} --target ${targets[0] ?? 'NAME'}`,
    }))
}

/** Devices of this machine that are named and not there: a domain with one does not start. */
function missingNodes({ system }: Subject, domain: Domain): Finding[] {
  return nodesOf(domain)
    .filter((node) => !isOurs(node) && system.resolve(node) === undefined)
    .map((node) => ({
      id: 'no-such-node',
      severity: 'error',
      what: `the domain ${printable(domain.name)} opens ${printable(node)}, which is not there`,
      why: 'the domain does not start without it',
      fix: `plug it in, or take it out of the domain: evswitch libvirt apply ${printable(domain.name)} --replace`,
    }))
}

function traps(domain: Domain): Finding[] {
  // Whether QEMU may open what stands in qemu:commandline has checks of its own.
  const traps = domainWarnings(domain, undefined).filter(
    ({ kind }) => kind !== 'command-line-rights',
  )
  return traps.map(({ kind, text, remedy }) => ({
    id: `domain-${kind}`,
    severity: 'warning',
    what: `${printable(domain.name)}: ${text}`,
    why: 'libvirt accepts it, and the guest’s input suffers without a word',
    fix: remedy.replace(/^say --/, `evswitch libvirt apply ${printable(domain.name)} --`),
  }))
}

/**
 * QEMU's PS/2 keyboard and a USB keyboard work in every boot loader; a PC always has the first unless it is
 * switched off. Events by virtio-input reach only what has a driver for it.
 */
function bootKeyboard(domain: Domain): Finding[] {
  const name = printable(domain.name)
  const { inputs, readers } = domain
  const opened = [
    ...inputs.map(({ type, node }) => ({ raw: type === 'passthrough', node })),
    ...readers.map(({ type, evdev }) => ({ raw: type !== 'input-linux', node: evdev })),
  ].filter(({ node }) => node !== undefined && /kbd|keyboard/i.test(node))
  if (opened.length > 0 && opened.every(({ raw }) => raw)) {
    return [
      {
        id: 'no-boot-keyboard',
        severity: 'warning',
        what: `${name} has its keyboard by virtio-input only`,
        why: 'most boot loaders and installers have no driver for it: "Press any key" hears none',
        fix: `evswitch libvirt apply ${name} (without --virtio), or firmware with a driver: OVMF from 202502 on`,
      },
    ]
  }
  const ps2 = elementsAt(domain, 'features', 'ps2').some(
    (element) => attributeOf(element, 'state') === 'off',
  )
  const hasUsb = inputs.some(({ type, bus }) => type === 'keyboard' && bus === 'usb')
  if (!ps2 || hasUsb) return []
  return [
    {
      id: 'no-boot-keyboard',
      severity: 'warning',
      what: `${name} has its PS/2 keyboard switched off, and no USB keyboard`,
      why: 'QEMU has no keyboard in the boot loader to send keys to',
      fix: `virsh edit ${name}: take <ps2 state='off'/> out, or add <input type='keyboard' bus='usb'/>`,
    },
  ]
}

/** `-object input-linux` came with QEMU 2.6, its `grab-toggle` with 4.0 (qapi/qom.json). */
async function emulator({ system }: Subject, domain: Domain): Promise<Finding[]> {
  if (!nodesOf(domain).some(isOurs)) return []
  const [element] = elementsAt(domain, 'devices', 'emulator')
  const path = element === undefined ? '' : textOf(element, domain.text)
  const program = path.startsWith('/') ? path : 'qemu-system-x86_64'
  const answer = await system.run(program, '--version')
  const version = /version (\d+)\.(\d+)/.exec(answer?.stdout ?? '')
  if (version === null) return []
  const [major, minor] = [Number(version[1]), Number(version[2])]
  const isOlder = (a: number, b: number) => major < a || (major === a && minor < b)
  const needsToggle = domain.inputs.some(
    ({ source }) => source !== undefined && attributeOf(source, 'grabToggle') !== undefined,
  )
  const needed = isOlder(2, 6) ? '2.6' : needsToggle && isOlder(4, 0) ? '4.0' : undefined
  if (needed === undefined) return []
  return [
    {
      id: 'qemu-too-old',
      severity: 'error',
      what: `${program} is QEMU ${major}.${minor}; ${printable(domain.name)} needs ${needed}`,
      why: needed === '2.6' ? 'it cannot read input nodes at all' : 'it does not know grab-toggle',
      fix: 'install a newer QEMU',
    },
  ]
}
