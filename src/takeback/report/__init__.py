"""What people read: HTML, PDF, drawings, plain words."""
