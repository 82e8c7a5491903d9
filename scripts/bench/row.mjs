// What a row of `npm run bench` says of a number: its median, and its goal.

export const median = (values) => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)]

export const atLeast = (value, goal) => ({ value, goal: `>= ${goal}`, met: value >= goal })
export const atMost = (value, goal) => ({ value, goal: `<= ${goal}`, met: value <= goal })
export const noGoal = (value) => ({ value, goal: '', met: true })

export const mega = (bytes) => (bytes / 1_048_576).toFixed(1)
