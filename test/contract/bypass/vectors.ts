import type { HostileIndex } from '../../helpers/hostile-index.ts';

/** The parts of a vector. */
export type VectorInputs = Pick<HostileIndex, 'origin' | 'files'> & {
  /** Writes a file next to the command and returns its name. */
  readonly write: (name: string, text: string) => string;
};

/** One way to bypass the vetted repository, without the check of the command line. */
export type Vector = {
  readonly title: string;
  readonly argv: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A variant of another vector, which runs only with all pips. */
  readonly isVariant?: true;
};

const file = 'evil-99.0-py3-none-any.whl';

/** Returns ways in which pip fetches over the network. The relay alone must stop them. */
export function networkVectors(inputs: VectorInputs): Vector[] {
  return [...optionVectors(inputs), ...fileVectors(inputs), ...urlVectors(inputs), ...variableVectors(inputs)];
}

function optionVectors({ origin }: VectorInputs): Vector[] {
  const index = `${origin}/simple/`;
  return [
    { title: '-i', argv: ['-i', index, 'evil'] },
    { title: '--index-url=', isVariant: true, argv: [`--index-url=${index}`, 'evil'] },
    { title: '--pypi-url', isVariant: true, argv: ['--pypi-url', index, 'evil'] },
    { title: 'an abbreviated --index-u=', isVariant: true, argv: [`--index-u=${index}`, 'evil'] },
    { title: 'a cluster -qi', isVariant: true, argv: [`-qi${index}`, 'evil'] },
    { title: '--extra-index-url', argv: ['--extra-index-url', index, 'evil'] },
    { title: 'an abbreviated --extra-i', isVariant: true, argv: ['--extra-i', index, 'evil'] },
    { title: '-f', argv: ['-f', `${origin}/links.html`, 'evil'] },
    { title: 'an abbreviated --find', isVariant: true, argv: [`--find=${origin}/links.html`, 'evil'] },
    { title: '--no-index -f', isVariant: true, argv: ['--no-index', '-f', `${origin}/links.html`, 'evil'] },
    {
      title: '--trusted-host with an index',
      argv: ['--trusted-host', '127.0.0.1', '-i', index, 'evil'],
    },
    { title: '--isolated with an index', argv: ['--isolated', '-i', index, 'evil'] },
  ];
}

function fileVectors({ origin, write }: VectorInputs): Vector[] {
  const index = `${origin}/simple/`;
  const inFile = (name: string, line: string) => ['-r', write(`${name}.txt`, `${line}\nevil\n`)];
  return [
    { title: '--index-url in a requirements file', argv: inFile('index', `--index-url ${index}`) },
    { title: '-i in a requirements file', isVariant: true, argv: inFile('short', `-i ${index}`) },
    { title: '--extra-index-url in a requirements file', argv: inFile('extra', `--extra-index-url ${index}`) },
    { title: '-f in a requirements file', isVariant: true, argv: inFile('links', `-f ${origin}/links.html`) },
    {
      title: 'an index in a nested requirements file',
      argv: ['-r', write('outer.txt', `-r ${write('inner.txt', `-i ${index}\nevil\n`)}\n`)],
    },
    {
      title: 'an index filled in from a variable',
      argv: inFile('filled', `-i $` + `{ELSEWHERE}`),
      environment: { ELSEWHERE: index },
    },
    {
      title: 'an index in a constraints file',
      argv: ['-c', write('constraints.txt', `--extra-index-url ${index}\n`), 'evil'],
    },
    { title: 'a requirements file from a URL', argv: ['-r', `${origin}/requirements.txt`] },
    {
      title: 'a nested remote requirements file',
      isVariant: true,
      argv: ['-r', write('remote.txt', `-r ${origin}/requirements.txt\n`)],
    },
    { title: 'a constraints file from a URL', argv: ['-c', `${origin}/constraints.txt`, 'evil'] },
    {
      title: 'a constraint that redirects a plain name',
      argv: ['-c', write('redirect.txt', `alpha @ ${origin}/alpha-1.0-py3-none-any.whl\n`), 'alpha'],
    },
  ];
}

function urlVectors({ origin, files }: VectorInputs): Vector[] {
  const repository = files.repository;
  return [
    { title: 'a URL', argv: [`${origin}/${file}`] },
    { title: 'the URL of an sdist', isVariant: true, argv: [`${origin}/evil-99.0.tar.gz`] },
    { title: 'name @ URL', argv: [`evil @ ${origin}/${file}`] },
    { title: 'a vetted project whose metadata names a URL', argv: ['needs-address'] },
    { title: 'a vetted sdist whose build needs a URL', argv: ['builds-address'] },
    { title: 'git over http', argv: [`git+${origin}/evil.git`] },
    { title: 'git over file', argv: [`git+file://${repository}`] },
    { title: 'an editable git checkout', isVariant: true, argv: ['-e', `git+file://${repository}#egg=evil`] },
    { title: 'name @ git', isVariant: true, argv: [`evil @ git+file://${repository}`] },
    { title: 'a vetted project whose metadata names a repository', argv: ['needs-repository'] },
    ...['hg', 'svn', 'bzr'].map((system) => ({ title: system, argv: [`${system}+${origin}/evil#egg=evil`] })),
    { title: 'an editable hg checkout', isVariant: true, argv: ['-e', `hg+${origin}/evil#egg=evil`] },
    { title: 'a vetted project whose metadata names another system', argv: ['needs-mercurial'] },
  ];
}

function variableVectors({ origin, files, write }: VectorInputs): Vector[] {
  const index = `${origin}/simple/`;
  const title = (name: string, value: string): Vector => ({
    title: name,
    argv: ['evil'],
    environment: { [name]: value },
  });
  return [
    ...['PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL'].map((name) => title(name, index)),
    ...['PIP_PYPI_URL', 'PIP_Index_Url'].map((name): Vector => ({ ...title(name, index), isVariant: true })),
    title('PIP_FIND_LINKS', `${origin}/links.html ${files.folder}`),
    title('PIP_CONSTRAINT', `${origin}/constraints.txt`),
    title('PIP_REQUIREMENT', `${origin}/requirements.txt`),
    title('PIP_EDITABLE', `git+file://${files.repository}#egg=evil`),
    {
      title: 'PIP_NO_INDEX with links',
      argv: ['evil'],
      environment: { PIP_NO_INDEX: '1', PIP_FIND_LINKS: files.folder },
    },
    { title: 'PIP_PROXY', argv: ['evil'], environment: { PIP_PROXY: origin } },
    {
      title: 'proxies and hosts without proxy',
      argv: ['evil'],
      environment: { http_proxy: origin, HTTPS_PROXY: origin, no_proxy: '*', PIP_TRUSTED_HOST: '127.0.0.1' },
    },
    {
      title: 'every configuration file and section',
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
