/** One ring of two servers, written in the three syntaxes; only for tests. */
export const sampleIni = `# An example
[GLOBAL]
FILEVERSION = 3
DATE = Sat, 21 Nov 2026 10:00:00 +0900
GROUP = SHOP
DELIVERMODE = hash
MAXCHMPX = 64
REPLICA = 1
CTLPORT = 9021
RWTIMEOUT = 200
RETRYCNT = 500
MQACK = no
DOMERGE = on
AUTOMERGE = YES
SSL = no

[SVRNODE]
NAME = localhost
PORT = 9020

; the other one
[SVRNODE]
NAME = "127.0.0.1"
PORT = 9030
CTLPORT = 9031
ENDPOINTS = 127.0.0.1:19030, gate

[SLVNODE]
NAME = [.]*
CTLPORT = 9022
`

export const sampleYaml = `# An example
global:
  FileVersion: 3
  DATE: Sat, 21 Nov 2026 10:00:00 +0900
  GROUP: SHOP
  DELIVERMODE: hash
  MAXCHMPX: 64
  REPLICA: 1
  CTLPORT: 9021
  RWTIMEOUT: 200
  RETRYCNT: 500
  MQACK: no
  DOMERGE: on
  AUTOMERGE: YES
  SSL: false
SVRNODE:
  - NAME: localhost
    PORT: 9020
  - NAME: 127.0.0.1
    PORT: 9030
    CTLPORT: 9031
    ENDPOINTS:
      - 127.0.0.1:19030
      - gate
SLVNODE:
  - NAME: '[.]*'
    CTLPORT: 9022
`

export const sampleJson = `{
	"GLOBAL": {
		"FILEVERSION": 3,
		"DATE": "Sat, 21 Nov 2026 10:00:00 +0900",
		"GROUP": "SHOP", # comments work
		"DELIVERMODE": 'hash',
		"MAXCHMPX": "64",
		"REPLICA": 1,
		"CTLPORT": 9021,
		"RWTIMEOUT": 200,
		"RETRYCNT": 500,
		"MQACK": "no",
		"DOMERGE": true,
		"AUTOMERGE": "on",
		"SSL": false,
		"PORT": null
	},
	"SVRNODE": [
		{ "NAME": "localhost", "PORT": 9020 },
		{ "NAME": "127.0.0.1", "PORT": 9030, "CTLPORT": 9031, "ENDPOINTS": ["127.0.0.1:19030", "gate"] }
	],
	"SLVNODE": [{ "NAME": "[.]*", "CTLPORT": 9022 }]
}
`
