import { type Command, Option } from 'commander'
import { loadConfig } from '../../config/load.ts'
import { printable } from '../../devices/sanitize.ts'
import { EvswitchError } from '../../errors.ts'
import { backupFolder, writeBackup } from '../../guests/backup.ts'
import { applyTo, removeFrom } from '../../guests/domain-edit.ts'
import { readDomainFile, writeDomainFile } from '../../guests/domain-file.ts'
import { domainWarnings } from '../../guests/domain-warnings.ts'
import { readDomain } from '../../guests/domain-xml.ts'
import {
  carryOut,
  type DomainPlan,
  type DomainRequest,
  planApply,
  planRemove,
  reportDomains,
} from '../../guests/libvirt.ts'
import { lineDiff } from '../../guests/line-diff.ts'
import { libvirtXml, qemuArguments } from '../../guests/qemu.ts'
import { usualConnection, Virsh } from '../../guests/virsh.ts'
import { xmlQuote } from '../../guests/xml.ts'
import { domainRows, outcomeText, warningLines } from '../libvirt-text.ts'
import type { Output } from '../output.ts'
import { requirePart } from '../parts.ts'
import { chooseTarget } from '../target-choice.ts'

interface ConnectFlags {
  readonly connect: string
}

interface WishFlags {
  readonly config?: string
  readonly target?: string
  readonly virtio: boolean
  readonly repeat?: 'on' | 'off'
  readonly commandLine?: true
  readonly replace: boolean
  readonly dropPointers: boolean
}

interface ChangeFlags extends ConnectFlags {
  readonly file?: string
  readonly validate: boolean
  readonly backups: string
}

const help = `
The usual way, for a domain named win10:

  evswitch libvirt diff win10       what would be changed
  evswitch libvirt apply win10      change it; a copy of what it was is kept
  evswitch libvirt remove win10     exactly as it was before; what you changed
                                    elsewhere in the meantime stays

The target is the one of the domain's name, or the only one there is; --target
names another. libvirt itself gives QEMU the right to open its nodes.
`

const applyHelp = `
What the domain has stays, with two exceptions that you ask for:
  --replace         keyboards and mice of this machine that the domain opens
                    itself, by <input> or by qemu:commandline, are taken out
  --drop-pointers   tablets and USB mice are taken out: QEMU would send clicks
                    and motion to them

With --file a file is edited in place, and every byte that is not about it
stays, comments too. libvirt drops comments by itself.

Examples:
  evswitch libvirt apply win10 --replace --drop-pointers
  evswitch libvirt apply --file win10.xml --target win10
  evswitch libvirt apply win10 --virtio    every button, and lamps; see
                                           evswitch qemu args --help
`

/** evswitch libvirt */
export function define(command: Command, output: Output): void {
  command.addHelpText('after', help)
  connection(command.command('list'))
    .summary('list domains and their input')
    .description('list domains, and where their keyboard and mouse come from')
    .option('--json', 'JSON for scripts', false)
    .action(async ({ connect, json }: ConnectFlags & { readonly json: boolean }) => {
      const domains = await reportDomains(new Virsh(connect))
      if (json) output.out(`${JSON.stringify({ domains }, null, 2)}\n`)
      else output.out(`${domainRows(domains).join('\n')}\n`)
    })
  wishes(command.command('show [domain]'))
    .summary('print the XML to add')
    .description('print the XML that a domain needs, to add it by hand')
    .action((domain: string | undefined, flags: WishFlags) => {
      output.out(`${shownXml(request(domain, flags)).join('\n')}\n`)
    })
  changes(wishes(command.command('diff [domain]')))
    .summary('show what apply would change')
    .description('show what apply would change, as a diff; nothing is changed')
    .action(async (domain: string | undefined, flags: WishFlags & ChangeFlags) => {
      const plan = await planned(domain, flags, request(domain, flags))
      const name = printable(flags.file ?? plan.domain)
      output.out(
        lineDiff(plan.before, plan.after, name)
          .map((line) => `${line}\n`)
          .join(''),
      )
      output.err(warningLines(plan.warnings))
    })
  changes(wishes(command.command('apply [domain]')))
    .summary('give a domain its keyboard and mouse')
    .description('give a domain the keyboard and mouse of a target')
    .addHelpText('after', applyHelp)
    .action(async (domain: string | undefined, flags: WishFlags & ChangeFlags) => {
      const wish = request(domain, flags)
      const plan = await planned(domain, flags, wish)
      await finish(plan, flags, output, `keyboard and mouse of the target ${wish.input.target}`)
    })
  changes(command.command('remove [domain]'))
    .summary('take everything of evswitch out of a domain')
    .description('take everything of evswitch out of a domain, and put back what was taken out')
    .action(async (domain: string | undefined, flags: ChangeFlags) => {
      const plan = await planned(domain, flags, undefined)
      await finish(plan, flags, output, undefined)
    })
  requirePart(command, 'say what to do with libvirt')
}

function connection(command: Command): Command {
  return command.addOption(
    new Option('--connect <uri>', 'libvirt connection').default(usualConnection()),
  )
}

function wishes(command: Command): Command {
  return command
    .option('--config <file>', 'configuration, instead of the usual file')
    .option('--target <name>', "the target (default: the domain's name, or the only one)")
    .option('--virtio', 'give it the devices themselves, by virtio-input', false)
    .addOption(
      new Option('--repeat <on|off>', 'whether key repeats are passed on').choices(['on', 'off']),
    )
    .option('--command-line', 'by qemu:commandline, for a libvirt before 7.4')
    .option('--replace', 'take out what the domain opens of this machine', false)
    .option('--drop-pointers', 'take out emulated tablets and USB mice', false)
}

function changes(command: Command): Command {
  return connection(command)
    .option('--file <file>', 'edit a file instead of a domain of libvirt')
    .option('--no-validate', "do not check it against libvirt's schema")
    .option('--backups <folder>', 'where copies of what it was are kept', backupFolder())
}

function request(domain: string | undefined, flags: WishFlags): DomainRequest {
  const loaded = loadConfig(flags.config)
  const names = loaded.config.target.map(({ name }) => name.value)
  const byDomain = domain !== undefined && names.includes(domain) ? domain : undefined
  const { name, repeat } = chooseTarget(loaded, flags.target ?? byDomain)
  return {
    input: {
      target: name,
      repeat: flags.repeat === undefined ? repeat : flags.repeat === 'on',
      attachment: flags.virtio ? 'virtio-input-host' : 'input-linux',
    },
    byCommandLine: flags.commandLine,
    replace: flags.replace,
    dropPointers: flags.dropPointers,
  }
}

/** XML to add by hand, with a word on where it goes. */
function shownXml({ input, byCommandLine = false }: DomainRequest): string[] {
  if (!byCommandLine) return ['<!-- inside <devices> -->', libvirtXml(input, '    ')]
  return [
    "<!-- <domain> needs xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'; this goes above",
    '     </domain>, or its lines into the qemu:commandline that is there -->',
    '  <qemu:commandline>',
    ...qemuArguments(input).map((value) => `    <qemu:arg value='${xmlQuote(value)}'/>`),
    '  </qemu:commandline>',
  ]
}

/** What is to be done; without a request, that everything of evswitch is to go. */
async function planned(
  domain: string | undefined,
  { connect, file }: ChangeFlags,
  wish: DomainRequest | undefined,
): Promise<DomainPlan> {
  if (file !== undefined) return planFile(file, wish)
  if (domain === undefined) {
    throw new EvswitchError('usage', 'name a domain, or a file with --file', {
      remedy: 'evswitch libvirt list shows the domains',
    })
  }
  const virsh = new Virsh(connect)
  return wish === undefined ? await planRemove(virsh, domain) : await planApply(virsh, domain, wish)
}

function planFile(file: string, wish: DomainRequest | undefined): DomainPlan {
  const before = readDomainFile(file)
  const after = inFile(file, () =>
    wish === undefined
      ? removeFrom(before)
      : applyTo(before, { ...wish, byCommandLine: wish.byCommandLine ?? false }),
  )
  const domain = readDomain(after)
  return {
    domain: domain.name,
    before,
    after,
    state: { state: 'a file', isRunning: false, isPersistent: true, hasSavedState: false },
    warnings: wish === undefined ? [] : domainWarnings(domain, wish.input.target),
  }
}

/** What is wrong with XML, with the file that it is in. */
function inFile(file: string, edit: () => string): string {
  try {
    return edit()
  } catch (error) {
    if (!(error instanceof EvswitchError)) throw error
    const { code, summary, remedy } = error
    throw new EvswitchError(code, `${printable(file)}: ${summary}`, { remedy })
  }
}

async function finish(
  plan: DomainPlan,
  { connect, file, validate, backups }: ChangeFlags,
  output: Output,
  added: string | undefined,
): Promise<void> {
  let backup: string | undefined
  if (plan.after !== plan.before) {
    if (file === undefined) {
      backup = await carryOut(new Virsh(connect), plan, { backups, validate })
    } else {
      backup = writeBackup(backups, plan.domain, plan.before)
      writeDomainFile(file, plan.after)
    }
  }
  output.out(outcomeText(plan, { subject: file ?? plan.domain, added, backup }))
  output.err(warningLines(plan.warnings))
}
