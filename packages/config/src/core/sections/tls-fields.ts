import { path } from './field.ts'

const file = (key: string, doc: string) => path({ key, doc, optional: true, mustExist: true, live: true })

/** Keys that [GLOBAL] gives as defaults and node sections may set for themselves. */
export const slaveTlsFields = {
  caPath: file('CAPATH', 'CA certificates: a file, or a directory of them'),
  slaveCert: file('SLAVE_CERT', 'certificate shown when dialling a server that verifies peers'),
  slavePriKey: file('SLAVE_PRIKEY', 'private key of SLAVE_CERT'),
}

export const serverTlsFields = {
  ...slaveTlsFields,
  serverCert: file('SERVER_CERT', 'certificate shown to those who connect'),
  serverPriKey: file('SERVER_PRIKEY', 'private key of SERVER_CERT'),
}
