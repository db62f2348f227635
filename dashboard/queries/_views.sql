create view customer_segments as from '{folder}/customer_segments.parquet';
create view segment_profiles as from '{folder}/segment_profiles.parquet';
create view model_selection as from '{folder}/model_selection.parquet';
create view segment_transitions as from '{folder}/segment_transitions.parquet';
create view segment_overview as from '{folder}/segment_overview.parquet';
create view cohort_retention as from '{folder}/cohort_retention.parquet';
create view backtest as from '{folder}/backtest.parquet';
create view backtest_metrics as from '{folder}/backtest_metrics.parquet';
create view segment_lineage as from '{folder}/segment_lineage.parquet';
create view drift as from '{folder}/drift.parquet';
create view orders as from '{folder}/orders.parquet';
create view customer_history as from '{folder}/customer_history.parquet';
create view segment_products as from '{folder}/segment_products.parquet';
create view rejected_line_examples as
    from '{folder}/rejected_line_examples.parquet';
create view rfm_score_thresholds as
    from '{folder}/rfm_score_thresholds.parquet';
create view unmatched_returns as from '{folder}/unmatched_returns.parquet';
create view customers as from '{folder}/customers.parquet';
create view line_classes as from '{folder}/line_classes.parquet';
create view gate_results as from '{folder}/gate_results.parquet';
create view personas as from '{folder}/personas.parquet';
create view customer_outlook as from '{folder}/customer_outlook.parquet';
create view outlook_backtest as from '{folder}/outlook_backtest.parquet';
create view confidence_calibration as
    from '{folder}/confidence_calibration.parquet';
create view outlook_calibration as from '{folder}/outlook_calibration.parquet';
create view campaign_uplift as from '{folder}/campaign_uplift.parquet';
create view campaign_row_classes as
    from '{folder}/campaign_row_classes.parquet';
create view products as from '{folder}/products.parquet';
create view customer_product_months as
    from '{folder}/customer_product_months.parquet';
