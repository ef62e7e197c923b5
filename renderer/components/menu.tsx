import type { LucideIcon } from 'lucide-react';
import { ChevronDown } from 'lucide-react';
import { useRef } from 'react';
import { Button as AriaButton, Menu as AriaMenu, MenuItem, MenuTrigger, Popover, Separator } from 'react-aria-components';
import { classes } from './classes.ts';

/** One line of a menu; `null` in a list of them is a separator. */
export interface MenuEntry {
  readonly id: string;
  readonly title: string;
  readonly icon?: LucideIcon;
  readonly keys?: string;
  readonly disabled?: boolean;
  readonly danger?: boolean;
  readonly run: () => void;
}

type Entries = readonly (MenuEntry | null)[];

function MenuList({ entries, label, onClose }: { readonly entries: Entries; readonly label: string; readonly onClose?: () => void }) {
  return (
    <AriaMenu
      className="menu"
      aria-label={label}
      disabledKeys={entries.flatMap((entry) => (entry?.disabled === true ? [entry.id] : []))}
      onAction={(key) => entries.find((entry) => entry?.id === key)?.run()}
      {...(onClose === undefined ? {} : { onClose })}
      autoFocus="first"
    >
      {entries.map((entry, index) =>
        entry === null ? (
          <Separator key={`separator ${index}`} className="menu-separator" />
        ) : (
          <MenuItem key={entry.id} id={entry.id} textValue={entry.title} className={classes('menu-item', entry.danger === true && 'menu-danger')}>
            {entry.icon !== undefined ? <entry.icon className="icon" aria-hidden /> : <span className="icon" />}
            <span className="menu-title">{entry.title}</span>
            {entry.keys !== undefined && <kbd className="menu-keys" aria-hidden>{entry.keys}</kbd>}
          </MenuItem>
        ),
      )}
    </AriaMenu>
  );
}

interface MenuButtonProps {
  readonly label: string;
  readonly entries: Entries;
  readonly icon: LucideIcon;
  readonly look?: 'plain' | 'accent';
  /** shows the icon alone; the label is its name and tooltip */
  readonly compact?: boolean;
  readonly disabled?: boolean;
  readonly tip?: string;
}

export function MenuButton({ label, entries, icon: Icon, look = 'plain', compact = false, disabled = false, tip }: MenuButtonProps) {
  return (
    <MenuTrigger>
      {compact ? (
        <AriaButton className="icon-button" aria-label={label} data-tip={label} isDisabled={disabled}>
          <Icon className="icon" aria-hidden />
        </AriaButton>
      ) : (
        <AriaButton className={classes('button', `button-${look}`)} isDisabled={disabled} data-tip={tip}>
          <Icon className="icon" aria-hidden />
          {label}
          <ChevronDown className="icon icon-small" aria-hidden />
        </AriaButton>
      )}
      <Popover className="popover" placement="bottom end">
        <MenuList entries={entries} label={label} />
      </Popover>
    </MenuTrigger>
  );
}

export interface MenuPoint {
  readonly x: number;
  readonly y: number;
}

/** A menu at a point of the window. Keyboard focus goes back where it was when it closes. */
export function ContextMenu({ at, entries, label, onClose }: { readonly at: MenuPoint; readonly entries: Entries; readonly label: string; readonly onClose: () => void }) {
  const anchor = useRef<HTMLSpanElement>(null);
  return (
    <>
      <span ref={anchor} className="menu-anchor" style={{ left: at.x, top: at.y }} />
      <Popover className="popover" aria-label={label} triggerRef={anchor} isOpen placement="bottom start" offset={0} onOpenChange={(open) => !open && onClose()}>
        <MenuList entries={entries} label={label} onClose={onClose} />
      </Popover>
    </>
  );
}
