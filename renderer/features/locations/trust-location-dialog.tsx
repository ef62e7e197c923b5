import type { LocationView } from '../../../shared/ipc/views.ts';
import type { ErrorRecord } from '../../../shared/storage/errors.ts';
import { trustOfferOf } from '../../../shared/storage/trust-offer.ts';
import { retryTransfers } from '../../actions/transfer-actions.ts';
import { TrustDialog } from '../../components/trust-dialog.tsx';
import { closeDialog, openDialog } from '../../stores/dialog-store.ts';
import { trustServer } from '../../stores/locations-store.ts';

interface TrustLocationDialogProps {
  readonly location: LocationView;
  readonly error: ErrorRecord;
  readonly transferId: string | null;
}

/** The question of trust for a location that is saved; what could not be done for want of it is done then. */
export function TrustLocationDialog({ location, error, transferId }: TrustLocationDialogProps) {
  const offer = trustOfferOf(error);
  if (offer === null) return null;
  const trust = async (): Promise<ErrorRecord | null> => {
    const failure = await trustServer(location.id, offer);
    if (failure !== null) return failure;
    closeDialog();
    if (transferId !== null) await retryTransfers({ transferId });
    return null;
  };
  return <TrustDialog offer={offer} reason={error.message} onTrust={trust} onClose={closeDialog} onEdit={() => openDialog({ kind: 'edit location', locationId: location.id })} />;
}
