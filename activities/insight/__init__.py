"""What a customer's message means: asked of an analyser behind one port, and recorded."""
