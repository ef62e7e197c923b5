import { Component } from 'react';
import type { ReactNode } from 'react';
import { errorRecord } from '../bridge.ts';
import { strings } from '../strings.ts';
import { Button } from './button.tsx';
import { ErrorPanel } from './error-panel.tsx';

interface ErrorBoundaryProps {
  readonly region: string;
  readonly children: ReactNode;
}

/** A fault in one region of the window leaves the others at work. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly thrown: { readonly error: unknown } | null }> {
  override state = { thrown: null as { readonly error: unknown } | null };

  static getDerivedStateFromError(error: unknown): { readonly thrown: { readonly error: unknown } } {
    return { thrown: { error } };
  }

  override render(): ReactNode {
    const { thrown } = this.state;
    if (thrown === null) return this.props.children;
    return (
      <div className="region-failed">
        <ErrorPanel error={errorRecord(thrown.error)} title={strings.app.regionFailed(this.props.region)} kept={strings.app.regionFailedText}>
          <Button onPress={() => this.setState({ thrown: null })}>{strings.app.tryAgain}</Button>
        </ErrorPanel>
      </div>
    );
  }
}
