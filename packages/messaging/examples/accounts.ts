import type { Program } from '@ring/messaging'
import { jsonMethod, methodsHandler, streamMethod, typedClient } from '@ring/messaging/typed'

/** All that the programs and the clients of this service share. */
export const accounts = {
  pay: jsonMethod<{ readonly cents: number }, { readonly balance: number }>(),
  balance: jsonMethod<null, number>(),
  payments: streamMethod(jsonMethod<null, { readonly cents: number }>()),
}

/** Of a program that was attached with `service: 'accounts'`. The key is the account: its calls come to one program, in order. */
export function serveAccounts(program: Program): void {
  const all = new Map<string, number[]>()
  const paymentsOf = (key: Uint8Array): number[] => all.get(new TextDecoder().decode(key)) ?? []
  const balanceOf = (key: Uint8Array): number => paymentsOf(key).reduce((sum, cents) => sum + cents, 0)
  program.serve(
    methodsHandler(accounts, {
      pay: ({ cents }, { key }) => {
        all.set(new TextDecoder().decode(key), [...paymentsOf(key), cents])
        return { balance: balanceOf(key) }
      },
      balance: (_nothing, { key }) => balanceOf(key),
      // Each is asked for when there is room for it, at the client too.
      payments: async function* (_nothing, { key }) {
        for (const cents of paymentsOf(key)) yield { cents }
      },
    }),
  )
}

/** Of any program of the ring. */
export async function payTwice(program: Program): Promise<string> {
  const client = typedClient(program.service('accounts'), accounts)
  await client.request('pay', 'anna', { cents: 250 })
  const { balance } = await client.request('pay', 'anna', { cents: 50 })
  const paid: number[] = []
  for await (const { cents } of client.requestStream('payments', 'anna', null)) paid.push(cents)
  return `anna has ${balance} cents (${paid.join(' + ')}), bob has ${await client.request('balance', 'bob', null)}`
}
