"""What a widget asks for, from pages of other origins: the product's own contract."""
