import type { Program } from '@ring/messaging'
import { jsonMethod, methodsHandler, typedClient } from '@ring/messaging/typed'

/** All that the programs and the clients of this service share. */
export const accounts = {
  pay: jsonMethod<{ readonly cents: number }, { readonly balance: number }>(),
  balance: jsonMethod<null, number>(),
}

/** Of a program that was attached with `service: 'accounts'`. The key is the account: its calls come to one program, in order. */
export function serveAccounts(program: Program): void {
  const balances = new Map<string, number>()
  const accountOf = (key: Uint8Array): string => new TextDecoder().decode(key)
  program.serve(
    methodsHandler(accounts, {
      pay: ({ cents }, { key }) => {
        const balance = (balances.get(accountOf(key)) ?? 0) + cents
        balances.set(accountOf(key), balance)
        return { balance }
      },
      balance: (_nothing, { key }) => balances.get(accountOf(key)) ?? 0,
    }),
  )
}

/** Of any program of the ring. */
export async function payTwice(program: Program): Promise<string> {
  const client = typedClient(program.service('accounts'), accounts)
  await client.request('pay', 'anna', { cents: 250 })
  const { balance } = await client.request('pay', 'anna', { cents: 50 })
  return `anna has ${balance} cents, bob has ${await client.request('balance', 'bob', null)}`
}
