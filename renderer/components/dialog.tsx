import { X } from 'lucide-react';
import type { ReactNode, Ref } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { strings } from '../strings.ts';
import { IconButton } from './button.tsx';
import { classes } from './classes.ts';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly width?: 'small' | 'medium' | 'large' | 'wide';
  /** asks for a decision: read out at once, and a click beside it does not close it */
  readonly decision?: boolean;
}

export function Dialog({ title, onClose, children, width = 'medium', decision = false }: DialogProps) {
  return (
    <ModalOverlay className="overlay" isOpen isDismissable={!decision} onOpenChange={(open) => !open && onClose()}>
      <Modal className={classes('modal', `modal-${width}`)}>
        <AriaDialog className="dialog" role={decision ? 'alertdialog' : 'dialog'}>
          <header className="dialog-head">
            <Heading slot="title" className="dialog-title">{title}</Heading>
            <IconButton label={strings.app.close} icon={X} onPress={onClose} />
          </header>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

export function DialogBody({ children, ref }: { readonly children: ReactNode; readonly ref?: Ref<HTMLDivElement> }) {
  return <div ref={ref} className="dialog-body">{children}</div>;
}

export function DialogFoot({ children, start }: { readonly children: ReactNode; readonly start?: ReactNode }) {
  return (
    <footer className="dialog-foot">
      <div className="button-row">{start}</div>
      <div className="button-row">{children}</div>
    </footer>
  );
}
