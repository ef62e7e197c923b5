/** Of the package only what is used here; it comes without types. */
declare module 'bcrypt-pbkdf' {
  const bcrypt: {
    /** One round: 64 bytes of password and salt, each hashed by SHA-512, into 32 bytes. */
    hash(password: Uint8Array, salt: Uint8Array, out: Uint8Array): void;
  };
  export default bcrypt;
}
