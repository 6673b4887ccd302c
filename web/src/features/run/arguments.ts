/** Arguments as one would write them in a shell. Pure. */

const PLAIN = /^[\w@%+=:,./-]+$/;

const quoted = (text: string): string =>
  PLAIN.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;

export const commandLine = (argv: readonly string[]): string => argv.map(quoted).join(" ");
