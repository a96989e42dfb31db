import type { HostileIndex } from '../../helpers/hostile-index.ts';

/** What a vector is made of. */
export type Ground = Pick<HostileIndex, 'origin' | 'files'> & {
  /** Writes a file beside the command and answers its name. */
  readonly write: (name: string, text: string) => string;
};

/** One way past the vetted repository, as if nobody had read the command line first. */
export type Vector = {
  readonly says: string;
  readonly argv: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Another spelling of one above: tried with all pips only. */
  readonly alike?: true;
};

const file = 'evil-99.0-py3-none-any.whl';

/** Ways that pip itself would take over the network: the relay alone must stop them. */
export function networkVectors(ground: Ground): Vector[] {
  return [...optionVectors(ground), ...fileVectors(ground), ...addressVectors(ground), ...variableVectors(ground)];
}

function optionVectors({ origin }: Ground): Vector[] {
  const index = `${origin}/simple/`;
  return [
    { says: '-i', argv: ['-i', index, 'evil'] },
    { says: '--index-url=', alike: true, argv: [`--index-url=${index}`, 'evil'] },
    { says: '--pypi-url', alike: true, argv: ['--pypi-url', index, 'evil'] },
    { says: 'an abbreviated --index-u=', alike: true, argv: [`--index-u=${index}`, 'evil'] },
    { says: 'a cluster -qi', alike: true, argv: [`-qi${index}`, 'evil'] },
    { says: '--extra-index-url', argv: ['--extra-index-url', index, 'evil'] },
    { says: 'an abbreviated --extra-i', alike: true, argv: ['--extra-i', index, 'evil'] },
    { says: '-f', argv: ['-f', `${origin}/links.html`, 'evil'] },
    { says: 'an abbreviated --find', alike: true, argv: [`--find=${origin}/links.html`, 'evil'] },
    { says: '--no-index -f', alike: true, argv: ['--no-index', '-f', `${origin}/links.html`, 'evil'] },
    {
      says: '--trusted-host with an index',
      argv: ['--trusted-host', '127.0.0.1', '-i', index, 'evil'],
    },
    { says: '--isolated with an index', argv: ['--isolated', '-i', index, 'evil'] },
  ];
}

function fileVectors({ origin, write }: Ground): Vector[] {
  const index = `${origin}/simple/`;
  const inFile = (name: string, line: string) => ['-r', write(`${name}.txt`, `${line}\nevil\n`)];
  return [
    { says: '--index-url in a requirements file', argv: inFile('index', `--index-url ${index}`) },
    { says: '-i in a requirements file', alike: true, argv: inFile('short', `-i ${index}`) },
    { says: '--extra-index-url in a requirements file', argv: inFile('extra', `--extra-index-url ${index}`) },
    { says: '-f in a requirements file', alike: true, argv: inFile('links', `-f ${origin}/links.html`) },
    {
      says: 'an index in a nested requirements file',
      argv: ['-r', write('outer.txt', `-r ${write('inner.txt', `-i ${index}\nevil\n`)}\n`)],
    },
    {
      says: 'an index filled in from a variable',
      argv: inFile('filled', `-i $` + `{ELSEWHERE}`),
      environment: { ELSEWHERE: index },
    },
    {
      says: 'an index in a constraints file',
      argv: ['-c', write('constraints.txt', `--extra-index-url ${index}\n`), 'evil'],
    },
    { says: 'a requirements file from an address', argv: ['-r', `${origin}/requirements.txt`] },
    { says: 'a nested one', alike: true, argv: ['-r', write('remote.txt', `-r ${origin}/requirements.txt\n`)] },
    { says: 'a constraints file from an address', argv: ['-c', `${origin}/constraints.txt`, 'evil'] },
    {
      says: 'a constraint that redirects a plain name',
      argv: ['-c', write('redirect.txt', `alpha @ ${origin}/alpha-1.0-py3-none-any.whl\n`), 'alpha'],
    },
  ];
}

function addressVectors({ origin, files }: Ground): Vector[] {
  const repository = files.repository;
  return [
    { says: 'an address', argv: [`${origin}/${file}`] },
    { says: 'an address of an sdist', alike: true, argv: [`${origin}/evil-99.0.tar.gz`] },
    { says: 'name @ address', argv: [`evil @ ${origin}/${file}`] },
    { says: 'a vetted project whose metadata names an address', argv: ['needs-address'] },
    { says: 'a vetted sdist whose build needs an address', argv: ['builds-address'] },
    { says: 'git over http', argv: [`git+${origin}/evil.git`] },
    { says: 'git over file', argv: [`git+file://${repository}`] },
    { says: 'an editable git checkout', alike: true, argv: ['-e', `git+file://${repository}#egg=evil`] },
    { says: 'name @ git', alike: true, argv: [`evil @ git+file://${repository}`] },
    { says: 'a vetted project whose metadata names a repository', argv: ['needs-repository'] },
    ...['hg', 'svn', 'bzr'].map((system) => ({ says: system, argv: [`${system}+${origin}/evil#egg=evil`] })),
    { says: 'an editable hg checkout', alike: true, argv: ['-e', `hg+${origin}/evil#egg=evil`] },
    { says: 'a vetted project whose metadata names another system', argv: ['needs-mercurial'] },
  ];
}

function variableVectors({ origin, files, write }: Ground): Vector[] {
  const index = `${origin}/simple/`;
  const says = (name: string, value: string): Vector => ({
    says: name,
    argv: ['evil'],
    environment: { [name]: value },
  });
  return [
    ...['PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL'].map((name) => says(name, index)),
    ...['PIP_PYPI_URL', 'PIP_Index_Url'].map((name): Vector => ({ ...says(name, index), alike: true })),
    says('PIP_FIND_LINKS', `${origin}/links.html ${files.folder}`),
    says('PIP_CONSTRAINT', `${origin}/constraints.txt`),
    says('PIP_REQUIREMENT', `${origin}/requirements.txt`),
    says('PIP_EDITABLE', `git+file://${files.repository}#egg=evil`),
    {
      says: 'PIP_NO_INDEX with links',
      argv: ['evil'],
      environment: { PIP_NO_INDEX: '1', PIP_FIND_LINKS: files.folder },
    },
    { says: 'PIP_PROXY', argv: ['evil'], environment: { PIP_PROXY: origin } },
    {
      says: 'proxies and hosts past them',
      argv: ['evil'],
      environment: { http_proxy: origin, HTTPS_PROXY: origin, no_proxy: '*', PIP_TRUSTED_HOST: '127.0.0.1' },
    },
    {
      says: 'every configuration file and section',
      argv: ['evil'],
      environment: {
        PIP_CONFIG_FILE: write(
          'pip.conf',
          ['global', 'install']
            .map(
              (section) =>
                `[${section}]\nindex-url = ${index}\nextra-index-url = ${index}\nfind-links = ${files.folder}\nproxy = ${origin}\nno-index = true\n`,
            )
            .join(''),
        ),
      },
    },
  ];
}
