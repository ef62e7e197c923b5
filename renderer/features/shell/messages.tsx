import { Check, X } from 'lucide-react';
import { IconButton } from '../../components/button.tsx';
import { ErrorPanel } from '../../components/error-panel.tsx';
import { dismissMessage, useMessages } from '../../stores/messages-store.ts';
import { strings } from '../../strings.ts';

/** How actions ended, in a corner of the window. */
export function Messages() {
  const messages = useMessages((state) => state.messages);
  return (
    <section className="messages" aria-label={strings.app.messages} aria-live="polite">
      {messages.map((message) => (
        <div key={message.id} className={`message message-${message.kind}`}>
          {message.kind === 'error' ? (
            <ErrorPanel error={message.error} />
          ) : (
            <p className="message-text"><Check className="icon" aria-hidden />{message.text}</p>
          )}
          <IconButton label={strings.app.dismiss} icon={X} onPress={() => dismissMessage(message.id)} />
        </div>
      ))}
    </section>
  );
}
