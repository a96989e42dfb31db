/**
 * Returns Python that rewrites, on the console alone, what only the relay explains: pip's line `Looking in indexes: …`
 * becomes `text`, once per command, and the relay's address disappears from the names of files. The file of `--log`
 * keeps pip's own lines, and so does stderr, which awspip reads; only the error about wrong digests is rewritten there.
 *
 * pip sets up its console handlers with `logging.config.dictConfig` (20.3 to 26.3). A filter on each handler
 * sees each record before it is printed. If another pip does this differently, its own lines appear.
 */
export function rewriteConsole(text: string): string {
  return `
def _rewrite_console(text):
    import logging, logging.config, re
    configure = logging.config.dictConfig
    relay = re.compile(r'http://[0-9a-f]{8}\\.secure-pypi\\.invalid/files/[0-9a-f]{16}/')
    shown = [text] if text else []
    class RelayAddress(logging.Filter):
        def filter(self, record):
            if self.errors:
                if 'DO NOT MATCH THE HASHES' not in record.getMessage(): return True
            elif '.secure-pypi.invalid/' not in str(record.msg) + str(record.args): return True
            lines = record.getMessage().split('\\n')
            if lines[0].startswith('Looking in indexes: '):
                lines[:1] = shown
                del shown[:]
            if lines:
                message = relay.sub('', '\\n'.join(lines))
                self.handler.emit(logging.makeLogRecord(dict(record.__dict__, msg=message, args=())))
            return False
    def dict_config(config):
        configure(config)
        try:
            for handler in logging.getLogger().handlers:
                stream = getattr(getattr(handler, 'console', None), 'file', getattr(handler, 'stream', None))
                if stream not in (sys.stdout, sys.stderr): continue
                line = RelayAddress()
                line.handler = handler
                line.errors = stream is sys.stderr
                handler.addFilter(line)
        except Exception: pass
    logging.config.dictConfig = dict_config
try: _rewrite_console(${JSON.stringify(text)})
except Exception: pass
`;
}
