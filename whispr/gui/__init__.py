"""The desktop client: a tkinter application over `whispr.client`."""
