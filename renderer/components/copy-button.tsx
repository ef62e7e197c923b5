import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { copyText } from '../actions/file-actions.ts';
import { strings } from '../strings.ts';
import { Button, IconButton } from './button.tsx';

const SAYS_COPIED_MS = 1500;

/** With `text` shown beside its icon when `wide`. Says so when it has copied. */
export function CopyButton({ text, label, wide = false }: { readonly text: string; readonly label: string; readonly wide?: boolean }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SAYS_COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => void copyText(text).then(setCopied);
  const icon = copied ? Check : Copy;
  if (wide) return <Button look="quiet" small icon={icon} onPress={copy}>{copied ? strings.app.copied : label}</Button>;
  return <IconButton label={copied ? strings.app.copied : label} icon={icon} onPress={copy} />;
}
