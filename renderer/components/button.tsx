import type { LucideIcon } from 'lucide-react';
import type { MouseEvent, ReactNode, Ref } from 'react';
import { classes } from './classes.ts';

interface ButtonProps {
  readonly children: ReactNode;
  readonly onPress: (event: MouseEvent<HTMLButtonElement>) => void;
  readonly look?: 'plain' | 'accent' | 'danger' | 'quiet';
  readonly icon?: LucideIcon;
  readonly tip?: string;
  /** its name where the words alone do not say enough; begins with them */
  readonly name?: string;
  /** why it cannot be pressed now: shown as its tooltip, and read out; null when it can */
  readonly unavailable?: string | null;
  readonly busy?: boolean;
  readonly submit?: boolean;
  readonly small?: boolean;
  /** shows its icon alone where there is little room; the words stay its name and become its tooltip */
  readonly foldable?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

/** Stays in the tab order while it is unavailable, so that the reason can be found by keyboard too. */
export function Button({ children, onPress, look = 'plain', icon: Icon, tip, name, unavailable = null, busy = false, submit = false, small = false, foldable = false, ref }: ButtonProps) {
  const off = unavailable !== null || busy;
  return (
    <button
      ref={ref}
      type={submit && !off ? 'submit' : 'button'}
      className={classes('button', `button-${look}`, small && 'button-small', foldable && 'button-foldable')}
      aria-label={name}
      aria-disabled={off || undefined}
      aria-description={unavailable ?? undefined}
      data-tip={unavailable ?? tip ?? (foldable && typeof children === 'string' ? children : undefined)}
      onClick={(event) => {
        if (!off) onPress(event);
      }}
    >
      {Icon !== undefined && <Icon className="icon" aria-hidden />}
      {foldable ? <span className="button-words">{children}</span> : children}
    </button>
  );
}

interface IconButtonProps {
  /** its name and its tooltip */
  readonly label: string;
  readonly icon: LucideIcon;
  readonly onPress: (event: MouseEvent<HTMLButtonElement>) => void;
  /** added to the tooltip, e.g. a key */
  readonly hint?: string;
  readonly disabled?: boolean;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly tabIndex?: number;
}

export function IconButton({ label, icon: Icon, onPress, hint, disabled = false, pressed, expanded, tabIndex }: IconButtonProps) {
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={label}
      aria-disabled={disabled || undefined}
      aria-pressed={pressed}
      aria-expanded={expanded}
      tabIndex={tabIndex}
      data-tip={hint === undefined ? label : `${label} (${hint})`}
      onClick={(event) => {
        event.stopPropagation();
        if (!disabled) onPress(event);
      }}
    >
      <Icon className="icon" aria-hidden />
    </button>
  );
}
