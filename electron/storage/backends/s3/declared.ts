/** Metadata that say what an uploader claims; nobody checks them. */
export const DECLARED_SHA256 = 'holdfast-sha256';
/** Metadata that name the upload by which an object came to be, so that a lost answer can be looked up. */
export const UPLOAD_MARK = 'holdfast-upload';
