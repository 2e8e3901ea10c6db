import { wrapped } from '../markdown.ts'
import { rpcErrors } from './json-rpc.ts'
import { limits } from './limits.ts'
import { hello, methods, notifications, objects, protocolVersion, subprotocol } from './protocol.ts'
import type { Fields, Shape } from './shape.ts'
import { systemSocket } from './socket-path.ts'

const { messageLength, clients, frameBytes, queueBytes, batch, handshakeMs } = limits

const head = `# The control socket

A running evswitch is looked at and switched by a Unix socket. \`evswitch status\`, \`switch\` and the others are its
clients; anything else may be one. This page is generated from \`src/control/protocol.ts\`.

- **Where:** \`${systemSocket}\` for a service of the machine,
  \`$XDG_RUNTIME_DIR/evswitch/control.sock\` for a user's own. \`--socket\` names another.
- **Who:** whom the socket's permissions let connect: root, the user that evswitch runs as, and the members of the
  group \`evswitch\`. They can look and switch. They can read no key: none is ever told here, and they can open no
  device.
- **How:** a WebSocket (RFC 6455) at \`/\`, in text, that carries JSON-RPC 2.0. What is no WebSocket is refused, and so is
  whatever sends an \`Origin\`, as web pages do. The subprotocol is \`${subprotocol}\`; who asks for none is given it.
- **Version ${protocolVersion}:** fields, methods and notifications may be added to it. Pass over what you do not know.

The requests of one client are done in their order, one after another. Batches have at most ${batch} requests.

## Limits

| what | limit | beyond it |
| --- | --- | --- |
| clients | ${clients} | HTTP status 503 |
| time to become a WebSocket | ${handshakeMs / 1000} s | the connection ends |
| a message | ${messageLength / 1024} Ki characters | error ${rpcErrors.INVALID_REQUEST} |
| a frame | ${frameBytes / 1024} KiB | close code 1009 |
| binary frames | none | close code 1003 |
| what waits for a client that reads slowly | ${queueBytes / 1024} KiB | the connection ends |

## Errors

| code | meaning |
| --- | --- |
| ${rpcErrors.PARSE} | not JSON |
| ${rpcErrors.INVALID_REQUEST} | no request, or one that is too long |
| ${rpcErrors.NO_SUCH_METHOD} | there is no such method |
| ${rpcErrors.INVALID_PARAMS} | the parameters are not what the method takes; the message names the place |
| ${rpcErrors.INTERNAL} | a defect; the log of the service has more |
| ${rpcErrors.REFUSED} | it cannot be done: \`data.code\` says why in a word (\`unknown-target\`), \`data.remedy\` what to do |

## Try it

\`\`\`sh
evswitch status --json
\`\`\`

\`\`\`js
import { connect } from 'node:net'
import { WebSocket } from 'ws'

const socket = new WebSocket('ws://localhost/', {
  createConnection: () => connect('${systemSocket}'),
})
socket.on('message', (data) => console.log(String(data)))
socket.on('open', () => {
  socket.send('{"jsonrpc":"2.0","id":1,"method":"subscribe","params":{}}')
  socket.send('{"jsonrpc":"2.0","id":2,"method":"switch","params":{"to":"next"}}')
})
\`\`\`

## The greeting

A notification with the method \`hello\`, before everything else.
`

/** docs/control.md: the reference of the protocol, from its schema. */
export function controlReference(): string {
  const parts = [
    head.trimEnd(),
    ...fieldList(hello),
    '## Methods',
    ...Object.entries(methods).map(([name, { about, params, result }]) =>
      [
        `### \`${name}\``,
        wrapped(about),
        isEmpty(params) ? 'It takes no parameters.' : 'Parameters:',
        ...fieldList(params),
        'Result:',
        ...fieldList(result),
      ].join('\n\n'),
    ),
    '## Notifications',
    'Told to those who asked for them by `subscribe`; without an id, as JSON-RPC has it.',
    ...Object.entries(notifications).map(([name, shape]) =>
      [`### \`${name}\``, wrapped(shape.about), ...fieldList(shape)].join('\n\n'),
    ),
    '## Objects',
    ...objects.map((shape) =>
      [`### ${shape.title}`, wrapped(shape.about), ...fieldList(shape)].join('\n\n'),
    ),
  ]
  return `${parts.join('\n\n')}\n`
}

function isEmpty({ fields = {} }: Shape<unknown>): boolean {
  return Object.keys(fields).length === 0
}

/** One text with a line for each field, or nothing. */
function fieldList({ fields = {} }: Shape<unknown>): string[] {
  const lines = fieldLines(fields, '')
  return lines.length === 0 ? [] : [lines.join('\n')]
}

function fieldLines(fields: Fields, indent: string): string[] {
  return Object.entries(fields).flatMap(([name, shape]) => {
    const lack = shape.isOptional ? '; may be missing' : ''
    const about = shape.about === '' ? '' : ` ${shape.about}`
    const line = `\`${name}\`: ${shape.expects}${lack}.${about}`
    const inner = shape.title === undefined ? (shape.fields ?? {}) : {}
    const indents = { first: `${indent}- `, rest: `${indent}  ` }
    return [wrapped(line, indents), ...fieldLines(inner, `${indent}  `)]
  })
}
